"""What answers are worth: the truth 1, random ones 0, nothing for what is missing; and the metrics of a set."""

import json

import numpy as np
import pytest
import torch
from worlds import ACTIVE, FEATURES, D, key_of, ref_of, sparse

from interpbench.toolkit.random_dictionary import random_codes
from interpbench.tracks.features.answer import FeatureAnswer
from interpbench.tracks.features.enter import Codes
from interpbench.tracks.features.key import FeatureKey, Kind
from interpbench.tracks.features.oracle import known
from interpbench.tracks.features.question import Wants
from interpbench.tracks.features.score import KINDS, METRICS, judge, reduce
from interpbench.tracks.features.track import TRACK

PLANTED = sparse(400, FEATURES, ACTIVE, seed=3)
ROWS = torch.from_numpy(PLANTED @ np.random.default_rng(5).standard_normal((FEATURES, D))).float()


def coded(seed: int) -> FeatureAnswer:
    dense = random_codes(ROWS, ROWS, FEATURES, ACTIVE, torch.Generator().manual_seed(seed))
    codes = Codes.of(dense, ACTIVE)
    return FeatureAnswer(active=codes.indices, values=codes.values, p_present=1.0)


def values(key: FeatureKey, answer: FeatureAnswer | None) -> dict[str, float]:
    ref = ref_of(key.kind)
    return judge(ref, key, {ref.units[0]: answer}).values


def oracle(key: FeatureKey) -> FeatureAnswer:
    return TRACK.read_answer(json.dumps(known(key)).encode())


PREDICTED = FeatureKey(
    kind=Kind.CIRCULAR,
    wants=Wants.PREDICTIONS,
    asked=50,
    truths=tuple((float(np.cos(a)), float(np.sin(a))) for a in range(50)),
    untrained=0.3,
    ceiling=0.9,
)
TOLD = [
    FeatureKey(kind=Kind.HYPOTHESIS, wants=Wants.SUPERPOSED, asked=5, superposed=superposed)
    for superposed in (True, False)
]
ABOVE = tuple([-1] * 6 + [0, 1, 2] * 6)
NULL = key_of(np.zeros((20, 0)), Kind.NULL)


@pytest.mark.parametrize(
    "key",
    [
        key_of(PLANTED),
        key_of(PLANTED, floor=0.4),
        key_of(PLANTED, size=10),
        key_of(PLANTED, Kind.HIERARCHY, parents=ABOVE, floor=0.4, parents_floor=0.3),
        key_of(PLANTED, Kind.COMPOSITIONAL, unseen=tuple(bool(row % 2) for row in range(400))),
        PREDICTED,
        *TOLD,
    ],
)
def test_the_truth_is_worth_everything_and_nothing_nothing(key: FeatureKey) -> None:
    if key.parents:  # children fire only with their parents
        planted = PLANTED.copy()
        for child, parent in enumerate(ABOVE):
            if parent >= 0:
                planted[:, child] *= planted[:, parent] > 0
        key = key_of(planted, key.kind, parents=ABOVE, floor=0.4, parents_floor=0.3)
    assert values(key, oracle(key))["score"] == pytest.approx(1)
    assert values(key, None)["score"] == 0
    assert values(key, FeatureAnswer(not_applicable="no"))["score"] == 0


def test_random_dictionaries_are_worth_nothing_on_average() -> None:
    floor = np.mean([values(key_of(PLANTED), coded(seed))["correlation"] for seed in range(100, 130)])
    key = key_of(PLANTED, floor=float(floor))
    found = [values(key, coded(seed))["score"] for seed in range(60)]
    assert np.mean(found) == pytest.approx(0, abs=0.02)
    assert max(found) < 0.2


def test_more_codes_than_allowed_are_cut_to_the_largest() -> None:
    key = key_of(PLANTED)
    extra = np.concatenate([PLANTED, 1e-3 * sparse(400, FEATURES, 9, seed=8)], axis=1)[:, : 2 * FEATURES]
    wide = key.model_copy(update={"size": 2 * FEATURES})
    codes = Codes.of(torch.from_numpy(extra), 2 * FEATURES)
    assert max(map(len, codes.indices)) > ACTIVE
    answer = FeatureAnswer(active=codes.indices, values=codes.values)
    found = values(wide, answer)
    assert found["score"] == pytest.approx(1)
    assert found["l0"] == ACTIVE


def test_predictions_are_measured_between_twin_and_ridge() -> None:
    truth = np.array(PREDICTED.truths)
    rng = np.random.default_rng(0)
    for share, wanted in ((0.3, 0.0), (0.6, 0.5), (0.9, 1.0), (0.0, -0.5)):
        spread = truth - truth.mean(axis=0)
        noise = rng.standard_normal(truth.shape)
        noise *= np.sqrt((1 - share) * (spread**2).sum(axis=0) / (noise**2).sum(axis=0))
        answer = FeatureAnswer(predictions=(truth + noise).tolist())
        assert values(PREDICTED, answer)["score"] == pytest.approx(wanted, abs=1e-6)


def test_a_hypothesis_is_scored_by_its_square() -> None:
    yes, no = TOLD
    assert values(yes, FeatureAnswer(p_superposed=0.5))["score"] == 0
    assert values(yes, FeatureAnswer(p_superposed=0.0))["score"] == -3
    assert values(no, FeatureAnswer(p_superposed=0.25))["score"] == pytest.approx(0.75)


def test_a_null_asks_only_whether_there_is_anything() -> None:
    for said, wanted in ((1.0, 1.0), (0.5, 0.5), (0.0, 0.0)):
        found = values(NULL, FeatureAnswer(active=[[]] * 20, values=[[]] * 20, p_present=said))
        assert found == {"present_brier": said**2, "false_positive": wanted}
    assert values(NULL, None) == {"present_brier": 0.25, "false_positive": 0.5}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (FeatureAnswer(p_superposed=0.5), "wants codes"),
        (FeatureAnswer(active=[[0]], values=[[1.0]]), "1 inputs answered, 400 asked"),
        (FeatureAnswer(active=[[FEATURES]] * 400, values=[[1.0]] * 400), f"latent {FEATURES}"),
    ],
)
def test_what_is_no_answer_scores_chance_with_a_reason(answer: FeatureAnswer, said: str) -> None:
    ref = ref_of(Kind.SUPERPOSITION)
    cell = judge(ref, key_of(PLANTED), {ref.units[0]: answer})
    assert not cell.answered
    assert said in cell.reason
    assert cell.values["score"] == 0


@pytest.mark.parametrize(
    "document",
    [
        {"active": [[0]]},
        {"active": [[0, 0]], "values": [[1.0, 1.0]]},
        {"active": [[0]], "values": [[1.0, 2.0]]},
        {"active": [[0]], "values": []},
        {"active": [[0]], "values": [[1.0]], "p_superposed": 0.5},
        {"values": [[1.0]], "p_superposed": 0.5},
        {},
    ],
)
def test_broken_answers_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"wanted|latent"):
        TRACK.read_answer(json.dumps(document).encode())


def test_the_headline_is_the_mean_of_the_kinds() -> None:
    keys = [key_of(PLANTED), *TOLD, PREDICTED, NULL]
    cells = []
    for place, key in enumerate(keys):
        ref = ref_of(key.kind, place)
        wrong = FeatureAnswer(p_superposed=0.5) if key.wants is Wants.SUPERPOSED else oracle(key)
        cells.append(judge(ref, key, {ref.units[0]: wrong}))
    found = reduce(cells, np.ones((1, len(cells))))
    assert set(found) == set(METRICS)
    assert found["superposition"][0] == found["circular"][0] == 1
    assert found["hypothesis"][0] == 0
    assert found["recovered"][0] == pytest.approx(2 / 3)
    assert found["present_brier"][0] == pytest.approx(0.25 * 2 / 4 / 2)
    assert np.isnan(found["board"][0])
    assert len(KINDS) == 9
