"""Each fault of a method, planted one at a time, must be named in a sentence; and a good method has none."""

from pathlib import Path

import pytest
import torch

from interpbench.models.data import Domain
from interpbench.plugins.contract.methods import check_method
from interpbench.plugins.contract.mock import mocks
from interpbench.plugins.contract.tasks import check_task
from interpbench.plugins.discovery import read_method, read_task
from interpbench.tracks.features.question import Wants

METHOD = '''
import torch
from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.context import NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization

class Mine(Method, EntersGeneralization):
    """Because it should."""

    name = "mine"
    family = Family.WEIGHTS
    version = "1.0"
    tier = Tier.{tier}

    rows: int = 3

    def model_score(self, subject, rows, domain, ctx):
        {body}
'''
NETWORKS = ["transformer", "perceptron", "recurrent net"]
WRITER = "transformer with a scratchpad"


def problems(
    folder: Path, body: str, tier: str = "WEIGHTS", card: str | None = None, source: str = METHOD
) -> list[str]:
    (folder / "__init__.py").write_text(source.replace("{tier}", tier).replace("{body}", body))
    if card is not None:
        (folder / "method.yaml").write_text(card)
    return [str(problem) for problem in check_method(read_method(folder))]


def test_mocks_are_one_trained_network_of_each_architecture() -> None:
    found = list(mocks())
    worlds = [mock for mock in found if mock.world is not None]
    assert [mock.name for mock in found] == [*NETWORKS, WRITER, *(mock.name for mock in worlds)]
    assert {mock.world.wants for mock in worlds if mock.world} == set(Wants)
    for mock in found[: len(found) - len(worlds)]:
        assert len(mock.rows) == (24 if mock.name == WRITER else 12)
        assert torch.equal(mock.network.predict(mock.rows.tokens), mock.rows.labels)
        assert bool(mock.domain.contains(mock.rows.tokens).all())
        assert isinstance(mock.domain, Domain)


@pytest.mark.parametrize(
    ("tier", "body"),
    [
        ("WEIGHTS", "return sum(float(v.norm()) for v in subject.params.values())"),
        ("WEIGHTS", "return float(subject.activations(rows.tokens, subject.sites)[subject.sites[-1]].norm())"),
        ("BEHAVIOUR", "return float(subject.logits(domain.full(9, ctx.rng)).max())"),
        ("DATA", "return float(len(rows))"),
        ("DATA", "return 3"),
        ("WEIGHTS", "return NotApplicable('only for transformers')"),
    ],
)
def test_control_a_good_method_has_no_fault(tmp_path: Path, tier: str, body: str) -> None:
    assert problems(tmp_path, body, tier) == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("return 1 / 0", "ZeroDivisionError: division by zero ("),
        ("return subject.params['nothing']", "KeyError: 'nothing' ("),
        ("return float('nan')", "model_score gave nan, wanted a finite number"),
        ("return float('inf')", "model_score gave inf, wanted a finite number"),
        ("return None", "model_score gave NoneType, wanted a float or NotApplicable"),
        ("return True", "model_score gave bool, wanted a float or NotApplicable"),
        ("return torch.tensor(1.0)", "model_score gave Tensor, wanted a float or NotApplicable"),
        ("return '0.5'", "model_score gave str, wanted a float or NotApplicable"),
        ("return NotApplicable('')", "NotApplicable without a reason"),
        ("return float(torch.rand(()))", "; draw from ctx.rng alone"),
        (
            "next(iter(subject.params.values())).add_(1); return 0.0",
            "it changed the subject's weights; clone them first",
        ),
    ],
)
def test_each_fault_is_named_on_each_architecture(tmp_path: Path, body: str, what: str) -> None:
    found = problems(tmp_path, body)
    assert [line.partition(": ")[0] for line in found] == [f"mine on a {name}" for name in NETWORKS]
    assert all(what in line for line in found)
    assert not any("Traceback" in line for line in found)


def test_a_random_answer_shows_both_values(tmp_path: Path) -> None:
    line = problems(tmp_path, "return float(torch.rand(()))")[0]
    assert line.startswith("mine on a transformer: two calls with the same seed gave 0.")


def test_the_place_of_a_crash_is_told(tmp_path: Path) -> None:
    line = problems(tmp_path, "return 1 / 0")[0]
    number = 1 + METHOD.split("\n").index("        {body}")
    assert line.endswith(f"({tmp_path / '__init__.py'}:{number})")


@pytest.mark.parametrize(
    ("tier", "body", "what"),
    [
        ("BEHAVIOUR", "return float(subject.params['head.weight'].norm())", "weights: not part of tier 'behaviour'"),
        ("BEHAVIOUR", "return float(len(subject.sites))", "activations: not part of tier 'behaviour'"),
        ("DATA", "return float(subject.logits(rows.tokens).max())", "answers to queries: not part of tier 'data'"),
    ],
)
def test_what_a_tier_hides_is_named_with_the_tier_to_declare(tmp_path: Path, tier: str, body: str, what: str) -> None:
    found = problems(tmp_path, body, tier)
    assert len(found) == 3
    assert all(f"it asked for what it may not see: {what}" in line for line in found)
    assert all("declare `tier = Tier." in line for line in found)


def test_an_unknown_hyper_parameter_is_named(tmp_path: Path) -> None:
    found = problems(tmp_path, "return 0.0", card="variants: {fast: {row: 2}}\n")
    assert len(found) == 1
    assert found[0].startswith("mine/fast: ")
    assert "unexpected keyword argument 'row'" in found[0]


def test_every_variant_is_tried(tmp_path: Path) -> None:
    card = 'variants: {"": {}, zero: {rows: 0}}\n'
    found = problems(tmp_path, "return 1 / self.rows", card=card)
    assert [line.partition(" on a ")[0] for line in found] == ["mine/zero"] * 3


def test_what_does_not_import_is_named(tmp_path: Path) -> None:
    found = problems(tmp_path, "return 0.0", source=METHOD + "\nraise RuntimeError('no luck')\n")
    assert len(found) == 1
    assert found[0].endswith("__init__.py: does not import: RuntimeError: no luck")


def test_who_enters_nothing_and_says_nothing_is_told_so(tmp_path: Path) -> None:
    source = METHOD.replace(", EntersGeneralization)", ")").replace('    """Because it should."""\n', "")
    source = source[: source.index("    def model_score")]
    assert problems(tmp_path, "", source=source) == [
        "Mine: enters no track; derive from a mixin such as EntersGeneralization too",
        "Mine: no docstring; say why its answer should be right",
    ]


def test_a_study_is_run_at_tier_data_and_handed_over(tmp_path: Path) -> None:
    study = """
    def study(self, rows, domain, ctx):
        return {"n": torch.tensor(float(len(rows)))}
"""
    assert problems(tmp_path, 'return float(ctx.study["n"])', source=METHOD + study) == []


def test_a_study_that_raises_is_named(tmp_path: Path) -> None:
    study = "\n    def study(self, rows, domain, ctx):\n        return rows.nothing\n"
    found = problems(tmp_path, "return 0.0", source=METHOD + study)
    assert len(found) == 3
    assert all("AttributeError: 'Rows' object has no attribute 'nothing'" in line for line in found)


TASK = '''
from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain
from interpbench.models.train import Training
from interpbench.tracks.generalization.design import Pool, Stratum
from interpbench.tracks.generalization.family import GeneralizationTask

FIT = Training(max_steps={steps}, weight_decay=0.0)


def stratum(name, role):
    return Stratum(
        name=name,
        architecture=lambda domain: MLPConfig(vocabulary=5, length=2, positions=(1,), classes=5, d_mlp=32),
        pools=(Pool(role=role, name="x", fraction=0.5, training=FIT, tries=2),),
    )


class Mine(GeneralizationTask):
    """A task."""

    name = "mine"
    version = "1.0"
    domain = Domain(alphabets=(tuple(range(5)),) * 2, positions=(1,), classes=5)
    strata = {strata}

    def label(self, tokens):
        return {label}
'''


def task_problems(
    folder: Path, steps: int = 150, strata: str = '(stratum("a", "recipe"),)', label: str | None = None
) -> list[str]:
    label = label or "(tokens[:, :1] * 3 + tokens[:, 1:] ** 2) % 5"
    source = TASK.replace("{steps}", str(steps)).replace("{strata}", strata).replace("{label}", label)
    (folder / "__init__.py").write_text(source)
    (folder / "task.yaml").write_text("title: T\nquestion: Q?\nsizes: [smoke]\n")
    return [str(problem) for problem in check_task(read_task(folder, "generalization"))]


def test_control_a_task_whose_networks_pass_has_no_fault(tmp_path: Path) -> None:
    assert task_problems(tmp_path) == []


def test_a_recipe_whose_networks_never_pass_is_named_with_every_refusal(tmp_path: Path) -> None:
    found = task_problems(tmp_path, steps=1)
    assert len(found) == 1
    assert "no seed passed its gate in 2 tries: train accuracy 0." in found[0]
    assert found[0].count("wanted exactly 1") == 2


def test_a_rule_that_raises_is_named(tmp_path: Path) -> None:
    found = task_problems(tmp_path, label="tokens[:, 7:8]")
    assert len(found) == 1
    assert "mine" in found[0] or "a-0-recipe" in found[0]


def test_every_stratum_is_tried(tmp_path: Path) -> None:
    found = task_problems(tmp_path, steps=1, strata='(stratum("a", "recipe"), stratum("b", "recipe"))')
    assert {line[0] for line in found} == {"a", "b"}


def test_a_task_that_does_not_load_is_named(tmp_path: Path) -> None:
    found = task_problems(tmp_path, strata="nonsense")
    assert found == [
        f"generalization/mine: {tmp_path / '__init__.py'}: does not import: NameError: name 'nonsense' is not defined"
    ]


EXTRACTS = """
from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.context import NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted


class Mine(Method, EntersExtraction):
    \"\"\"It writes something down.\"\"\"

    name = "mine"
    family = Family.BEHAVIOURAL
    tier = Tier.BEHAVIOUR
    version = "1.0"

    def extract(self, subject, rows, domain, budget, ctx):
        {body}
"""


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("return Extracted(theory='def f(x): return x[0]')", None),
        ("return Extracted(theory='def f(x): return x[0]', p_present=0.2)", None),
        ("return NotApplicable('no rows')", None),
        ("return 'def f(x): return x[0]'", "extract gave str, wanted Extracted or NotApplicable"),
        ("return Extracted(theory='x[0]')", "its theory is none: line 1"),
        ("return Extracted(theory='def f(x): return x.count(1)')", "its theory is none: line 1, column"),
        ("return Extracted(theory='def f(x): return 0', p_present=1.5)", "p_present is 1.5, wanted a probability"),
        ("return subject.params", "it asked for what it may not see"),
    ],
)
def test_theories_are_checked_on_networks_with_one_answer(tmp_path: Path, body: str, what: str | None) -> None:
    source = tmp_path / "mine.py"
    source.write_text(EXTRACTS.replace("{body}", body))
    found = [str(problem) for problem in check_method(read_method(source))]
    if what is None:
        assert found == []
    else:
        assert [line.partition(": ")[0] for line in found] == [f"mine on a {name}" for name in NETWORKS[:2]]
        assert all(what in line for line in found)


READS = """
from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.context import NotApplicable
from interpbench.tracks.scratchpad.enter import EntersScratchpad, Reading


class Mine(Method, EntersScratchpad):
    \"\"\"It looks whether the answer moves.\"\"\"

    name = "mine"
    family = Family.COT
    tier = Tier.BEHAVIOUR
    version = "1.0"

    def decides(self, subject, transcripts, asked, layout, budget, ctx):
        {body}
"""


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("return Reading(subject=0.5, inputs=[0.5] * len(asked))", None),
        ("return Reading(subject=float(subject.logits(transcripts.tokens).argmax(-1)[0, 0]), inputs=[0] * 8)", None),
        ("return NotApplicable('no layout that it knows')", None),
        ("return 0.5", "decides gave float, wanted Reading or NotApplicable"),
        ("return Reading(subject=0.5, inputs=[0.5])", "it answered about 1 inputs, 8 were asked"),
        ("return Reading(subject=1.5, inputs=[0.5] * 8)", "subject is 1.5, wanted a probability"),
        ("return Reading(subject=0.5, inputs=[0.5] * 7 + [2])", "inputs[7] is 2, wanted a probability"),
        ("return Reading(subject=subject.config.d_model, inputs=[])", "it asked for what it may not see"),
    ],
)
def test_readings_are_checked_on_a_network_with_a_scratchpad(tmp_path: Path, body: str, what: str | None) -> None:
    source = tmp_path / "mine.py"
    source.write_text(READS.replace("{body}", body))
    found = [str(problem) for problem in check_method(read_method(source))]
    if what is None:
        assert found == []
    else:
        assert [line.partition(": ")[0] for line in found] == [f"mine on a {WRITER}"]
        assert all(what in line for line in found)


TRACES = """
import torch
from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.circuits.edges import edge_attribution
from interpbench.toolkit.circuits.trace import run
from interpbench.tracks.circuits.enter import Circuit, EntersCircuits
from interpbench.tracks.circuits.setting import setting


class Mine(Method, EntersCircuits):
    \"\"\"It looks at what carries.\"\"\"

    name = "mine"
    family = Family.CIRCUITS
    tier = Tier.WEIGHTS
    version = "1.0"

    def carriers(self, subject, asked, ctx):
        {body}
"""
SCORES = "edge_attribution(*setting(subject, asked, 8)).abs().mean(dim=0)"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (f"e = {SCORES}; return Circuit(nodes=e.sum(dim=1)[1:], edges=e)", None),
        ("return Circuit(nodes=torch.rand(4, generator=ctx.rng))", None),
        ("return 0.5", "carriers gave float, wanted Circuit or NotApplicable"),
        (f"e = {SCORES}; return Circuit(nodes=e.sum(dim=1))", "nodes have shape (5,), wanted (4,)"),
        ("return Circuit(nodes=torch.ones(4), edges=torch.ones(2, 2))", "edges have shape (2, 2), wanted (5, 9)"),
        ("return Circuit(nodes=torch.ones(4) / 0)", "nodes are not all finite"),
        ("return Circuit(nodes=torch.rand(4))", "two calls with the same seed gave"),
        (
            "[run(subject.module, asked.pairs.clean, {}) for _ in range(4)]; return Circuit(nodes=torch.ones(4))",
            "100 rows run through the network, 80 are allowed",
        ),
    ],
)
def test_circuits_are_checked_on_a_network_with_pairs(tmp_path: Path, body: str, what: str | None) -> None:
    found = problems(tmp_path, body, source=TRACES)
    assert len(found) == (0 if what is None else 1)
    if what is not None:
        assert what in found[0]


def test_a_reference_may_run_more_rows(tmp_path: Path) -> None:
    body = "[run(subject.module, asked.pairs.clean, {}) for _ in range(4)]; return Circuit(nodes=torch.ones(4))"
    assert (
        problems(tmp_path, body, source=TRACES.replace('version = "1.0"', 'version = "1.0"\n    capped = False')) == []
    )
    assert not read_method(tmp_path).capped
