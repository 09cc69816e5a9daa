"""Answers with numbers at the ends of what numbers can be: refused by name, or judged; never an error of the scorer."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundles import ADDITION, with_records
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from interpbench.bundle.strict import InvalidDocument
from interpbench.submissions.archive import Refused, read_archive
from interpbench.submissions.contents import read_contents
from interpbench.submissions.installed import Installed, installed
from interpbench.submissions.judging import judged_track, scored
from interpbench.submissions.magnitude import LARGEST, beyond
from interpbench.tracks.generalization.track import Generalization
from interpbench.tracks.registry import TRACKS

EXTREME = (
    *(0.0, -0.0, 5e-324, 1e-300, 1e-160, 0.5, 1.0, -1.0),
    *(1e15, -1e15, 1e77, 9.99e99, LARGEST, -LARGEST, 1.01e100, 1e154, -1e155, 1e200, 1.7e308, -1.7976931348623157e308),
)
WHOLE = (0, 1, 7, 10**9, 10**15, 10**16, 2**63, 10**299, -1)


@pytest.fixture(scope="module")
def here() -> Iterator[Installed]:
    with installed("smoke") as found:
        yield found


@pytest.fixture(scope="module")
def known(here: Installed) -> dict[str, list[Any]]:
    """Track -> (instance, what its answers are held against, task) of the suite."""
    return {
        track: [(ref, key, task) for task in here.of_tracks((track,)) for ref, key in here.keys(task.name).read()]
        for track in TRACKS
    }


def changed(value: Any, rng: random.Random, share: float, *, wild: bool) -> Any:
    """A document some of whose numbers are others.

    Args:
        value: the document.
        rng: draws.
        share: of the numbers that change.
        wild: whether counts, probabilities and numbers beyond what can be judged are among them.
    """
    if isinstance(value, dict):
        kept = {"schema_version"} if wild else {"schema_version", "p_present", "subject", "inputs", "p_superposed"}
        return {name: one if name in kept else changed(one, rng, share, wild=wild) for name, one in value.items()}
    if isinstance(value, list):
        return [changed(one, rng, share, wild=wild) for one in value]
    if isinstance(value, bool) or not isinstance(value, int | float) or rng.random() > share:
        return value
    if isinstance(value, int):
        return rng.choice(WHOLE) if wild else value
    return rng.choice(EXTREME if wild else [one for one in EXTREME if abs(one) <= LARGEST])


@pytest.mark.parametrize("name", TRACKS)
def test_extreme_numbers_are_refused_or_judged(name: str, here: Installed, known: dict[str, list[Any]]) -> None:
    track = TRACKS[name].load()
    oracle = {
        unit: json.loads(track.oracle(task.task, unit, task.seed)) for ref, _, task in known[name] for unit in ref.units
    }
    judged = 0

    @settings(max_examples=10 if name == "circuits" else 25)
    @given(seed=st.integers(0, 2**32), share=st.sampled_from([0.01, 0.2, 1.0]), kept=st.integers(1, len(EXTREME)))
    def holds(seed: int, share: float, kept: int) -> None:
        nonlocal judged
        rng = random.Random(seed)
        answers: dict[str, BaseModel | None] = {}
        for ref, _, task in known[name]:
            for unit in sorted(set(ref.units) - set(answers)):
                answers[unit] = None
                try:
                    said = track.read_answer(
                        json.dumps(changed(oracle[unit], rng, share, wild=rng.random() < 0.3)).encode()
                    )
                except InvalidDocument:
                    continue
                if beyond(said.model_dump()) is None and (
                    getattr(said, "not_applicable", None)
                    or track.refuse(here.giver(task.name).question(unit), said) is None
                ):
                    answers[unit] = said
                    judged += 1
        calibration = None if name != "generalization" else track.oracle_calibration
        cells = [track.judge(ref, key, answers, calibration) for ref, key, _ in known[name]]
        weights = np.stack(
            [
                np.ones(len(cells)),
                *np.random.default_rng(kept).multinomial(len(cells), [1 / len(cells)] * len(cells), 4),
            ]
        )
        for metric, values in track.reduce(cells, weights).items():
            assert not np.isinf(values).any(), metric

    holds()
    assert judged > 20  # the fuzz reaches the scorer


def test_extreme_codes_are_judged() -> None:
    """Suite `smoke` asks for no codes; a world of `quick` does, of each of two kinds."""
    track = TRACKS["features"].load()
    with installed("quick") as quick:
        for name in ("features/superposition", "features/hierarchy"):
            task = quick.tasks[name]
            ref = next(ref for ref in task.refs if ref.kind != "null")
            key = track.opened(task.task, ref, task.task.key(ref))
            said = json.loads(track.oracle(task.task, ref.units[0], task.seed))
            for seed in range(8):
                rng = random.Random(seed)
                document = json.dumps(changed(said, rng, (0.01, 0.2, 1.0)[seed % 3], wild=False))
                answer = track.read_answer(document.encode())
                assert beyond(answer.model_dump()) is None
                cell = track.judge(ref, key, {ref.units[0]: answer}, None)
                assert all(np.isfinite(value) for value in cell.values.values())


def _files(odd_run: Path, score: float) -> dict[str, bytes]:
    def change(lines: list[dict[str, Any]]) -> None:
        for line in lines:
            if line["record"]["status"] == "ok":
                line["record"]["answer"] = json.dumps({"schema_version": 1, "score": score})

    return with_records(read_archive(odd_run / "odd.ibz"), change, task=ADDITION)


def test_what_a_scorer_raises_is_a_problem_of_the_row(
    odd_run: Path, here: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever slips past the checks of numbers."""
    contents = read_contents(_files(odd_run, 1.0))
    of = judged_track(contents, here, "generalization")
    none: dict[str, list[Any]] = {row.name: [] for row in of.rows}
    assert scored(of, none, "smoke 1").rows  # the control

    def reduce(self: Any, cells: Any, weights: Any) -> Any:
        del self, weights
        raise ValueError(f"scores: 3 of {len(cells)} entries are not finite")

    monkeypatch.setattr(Generalization, "reduce", reduce)
    with pytest.raises(
        Refused, match=r"odd/plain on generalization: its answers cannot be scored: ValueError: scores: 3"
    ):
        scored(of, none, "smoke 1")

    def judge(self: Any, ref: Any, key: Any, answers: Any, calibration: Any) -> Any:
        raise OverflowError("too large to convert")

    monkeypatch.setattr(Generalization, "judge", judge)
    with pytest.raises(Refused, match=r"odd/plain on generalization/.*cannot be judged: OverflowError: too large"):
        judged_track(contents, here, "generalization")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"score": 1.7e308}, "score holds 1.7e+308"),
        ({"values": [[0.0], [-1e101]]}, "values holds -1e+101"),
        ({"passes": 10**16}, "passes holds an integer of 17 digits"),
        ({"x": {"y": float("nan")}}, "y holds nan"),
    ],
)
def test_numbers_that_cannot_be_judged_are_named(document: dict[str, Any], sentence: str) -> None:
    assert sentence in (beyond(document) or "")


def test_numbers_that_can_be_judged_pass() -> None:
    assert beyond({"score": -1e100, "n": [10**15, True, None, "1e308"], "x": (5e-324,)}) is None
