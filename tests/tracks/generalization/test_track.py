import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from interpbench.bundle.strict import InvalidDocument
from interpbench.bundle.tier import Tier
from interpbench.models.config import MLPConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import initial
from interpbench.models.subject import Subject, TierError
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization
from interpbench.tracks.generalization.question import Question
from interpbench.tracks.generalization.track import TRACK
from interpbench.tracks.generalization.within import answer as answer_within
from interpbench.tracks.instance import Ref
from interpbench.tracks.presented import study as study_within

CONFIG = MLPConfig(vocabulary=3, length=2, positions=(1,), classes=3, d_mlp=8)
DOMAIN = Domain(alphabets=((0, 1, 2),) * 2, positions=(1,), classes=3)
TOKENS = DOMAIN.everything()
QUESTION = Question(
    config=CONFIG,
    params=initial(CONFIG, torch.Generator().manual_seed(0)),
    rows=Rows(tokens=TOKENS, labels=TOKENS.sum(dim=1, keepdim=True) % 3),
    domain=DOMAIN,
)


class Gives(EntersGeneralization):
    def __init__(self, value: Any) -> None:
        self.value = value

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float | NotApplicable:
        out: float | NotApplicable = self.value(subject, rows, ctx) if callable(self.value) else self.value
        return out


def answer(value: Any, tier: Tier = Tier.WEIGHTS) -> bytes:
    return answer_within(Gives(value), TRACK.bundle(QUESTION, tier, None), None, Context.seeded("x"))


@pytest.mark.parametrize(
    ("value", "score"),
    [
        (2, 2.0),
        (0.5, 0.5),
        (np.float32(0.5), 0.5),
        (np.float64(-1), -1.0),
        (torch.tensor(3.0), 3.0),
        (np.int64(4), 4.0),
    ],
)
def test_any_number_is_a_score(value: Any, score: float) -> None:
    assert TRACK.read_answer(answer(value)).score == score


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32("nan"), True])
def test_what_is_no_finite_number_is_an_invalid_answer(value: Any) -> None:
    with pytest.raises(InvalidDocument, match=r"^answer\.json: "):
        TRACK.read_answer(answer(value))


def test_a_reason_and_the_models_trained_are_kept() -> None:
    def trains(subject: Subject, rows: Rows, ctx: Context) -> NotApplicable:
        ctx.models_trained += 3
        return NotApplicable("no weights")

    assert json.loads(answer(trains)) == {"schema_version": 1, "models_trained": 3, "not_applicable": "no weights"}


def test_a_method_sees_what_its_tier_shows() -> None:
    norm = lambda subject, rows, ctx: sum(float(value.norm()) for value in subject.params.values())  # noqa: E731
    want = sum(float(value.norm()) for value in QUESTION.params.values())
    assert TRACK.read_answer(answer(norm)).score == pytest.approx(want)
    with pytest.raises(TierError, match=r"weights: not part of tier 'behaviour'.* `tier = Tier.WEIGHTS`"):
        answer(norm, Tier.BEHAVIOUR)


def test_what_is_studied_is_what_the_tier_data_shows() -> None:
    assert TRACK.study_bundle(QUESTION).files() == TRACK.bundle(QUESTION, Tier.DATA, None).files()

    class Studies(Gives):
        def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, torch.Tensor]:
            return {"labels": rows.labels, "size": torch.tensor(domain.size)}

    found = study_within(Studies(0.0), TRACK.study_bundle(QUESTION), Context.seeded("x"))
    assert torch.equal(found["labels"], QUESTION.rows.labels)
    assert int(found["size"]) == 9


def test_the_server_answers_for_the_subject_in_its_domain() -> None:
    served = QUESTION.served()
    assert served.domain == DOMAIN
    assert served.logits(TOKENS).shape == (9, 1, 3)
    assert not served.logits(TOKENS).requires_grad


def test_guesses_are_normal_one_a_unit_and_follow_the_generator(ref: Callable[..., Ref]) -> None:
    refs = [ref("recipe", index) for index in range(300)]
    first, again, other = (TRACK.guess(refs, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert set(first) == {unit for one in refs for unit in one.units}
    assert first == again != other
    scores = np.array([one.score for one in first.values()], dtype=float)
    assert abs(scores.mean()) < 0.15
    assert scores.std() == pytest.approx(1, abs=0.1)
    reversed_ = TRACK.guess(refs[::-1], np.random.default_rng(0))
    assert reversed_ == first


def test_the_oracles_scale_tells_gate_apart_from_noise() -> None:
    scale = TRACK.oracle_calibration
    from interpbench.tracks.generalization.answer import assemble

    assert assemble(0.95, 0.5, scale).p_present > 0.999
    assert assemble(1.0, 0.95, scale).p_present < 0.001
    assert assemble(0.95, 0.5, scale).p_a > 0.999
