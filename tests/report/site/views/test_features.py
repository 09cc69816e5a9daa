"""On worlds of the public tasks, as anybody can draw them."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judged_store import ROW, panels, planned

from interpbench.report.site.views.features import FOUND, answer, question
from interpbench.report.site.views.worlds import Asked
from interpbench.run.plan import PlannedTask
from interpbench.tracks.features.answer import FeatureAnswer
from interpbench.tracks.features.key import FeatureKey, Kind
from interpbench.tracks.features.oracle import known
from interpbench.tracks.features.score import KINDS
from interpbench.tracks.instance import Ref

MOST = 6000
"""Bytes of a piece."""
CODED = (Kind.SUPERPOSITION, Kind.COMPOSITIONAL, Kind.HIERARCHY, Kind.ATTENTION_FEATURES)
PREDICTED = (Kind.CIRCULAR, Kind.BELIEF_STATE, Kind.BOARD, Kind.TRANSFER)


@cache
def world(kind: Kind) -> PlannedTask:
    return planned(f"features/{kind}", kind, size="smoke")


def truth(kind: Kind) -> tuple[Ref, FeatureKey]:
    (ref,), task = world(kind).refs, world(kind).task
    key: FeatureKey = task.key(ref)
    return ref, key


def oracle(key: FeatureKey, **more: Any) -> FeatureAnswer:
    return FeatureAnswer.model_validate({**known(key), **more})


def noted(kind: Kind, said: dict[str, Any], of: Asked | None = None) -> str:
    ref, key = truth(kind)
    return answer(ref, key, oracle(key, **said), of or Asked())


def labels(text: str) -> list[str]:
    found = re.findall(r'<svg[^>]* role="img" aria-label="([^"]+)"', text)
    assert len(found) == text.count("<svg")
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_task_shows_its_worlds_and_answers_in_small_pieces(kind: Kind, tmp_path: Path) -> None:
    task = world(kind)
    found = panels(tmp_path, task, lambda unit, key: json.dumps(known(key)))
    ((ref, key),) = [truth(kind)]
    asked, said = found.questions[task.name][ref.id], found.answers[ROW.name][ref.id]
    assert "Planted." in asked
    assert f"<dt>rows asked about</dt><dd>{key.asked:,}</dd>" in asked
    assert "<dt>dimensions</dt>" in asked
    assert "P(something is planted) is said to be 1.00, the truth is 1" in said
    for piece in (asked, said):
        labels(piece)
        assert len(piece.encode()) < MOST


def test_a_world_is_told_in_numbers() -> None:
    ref, key = truth(Kind.SUPERPOSITION)
    text = question(ref, key, Asked(d=64, shown=12_000))
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text))
    mean = sum(len(row) for row in key.on) / key.asked
    assert facts["dimensions"] == "64"
    assert facts["variables"] == str(key.planted) == "128"
    assert facts["on in a row"] == f"{mean:.1f} (at most 4)"
    assert facts["latents allowed"] == "128, 4 a row"
    assert facts["rows shown"] == "12,000"
    (told,) = labels(text)
    assert "128 bars" in told


def test_variables_to_be_predicted_are_named_with_their_site(tmp_path: Path) -> None:
    task = world(Kind.BOARD)
    (text,) = panels(tmp_path, task, lambda unit, key: None).questions[task.name].values()
    assert "square 0, square 1, square 2, square 3, square 4, square 5" in text
    assert "blocks.1.hook_resid_post, token 6" in text
    assert "1,200, 300 with labels" in text
    (told,) = labels(text)
    _, key = truth(Kind.BOARD)
    assert f"square 0 {np.array(key.truths)[:, 0].mean():.2f}" in told
    ref, key = truth(Kind.CIRCULAR)
    (told,) = labels(question(ref, key, Asked(names=("cos", "sin"))))
    assert told.startswith("11 places on a circle")


@pytest.mark.parametrize(("name", "why"), [("hierarchy", "directions that mean nothing"), ("board", "untrained")])
def test_a_world_without_anything_says_so_and_how(name: str, why: str, tmp_path: Path) -> None:
    task = planned(f"features/{name}", "null")
    found = panels(tmp_path, task, lambda unit, key: json.dumps(known(key) | {"p_present": 0.75}))
    asked, said = found.questions[task.name][task.refs[0].id], found.answers[ROW.name][task.refs[0].id]
    assert "Nothing is planted." in asked
    assert why in asked
    assert "nothing else of it is judged" in said
    assert "is said to be 0.75, the truth is 0" in said
    assert said.count("<svg") == 1


@pytest.mark.parametrize("kind", CODED)
def test_the_planted_codes_recover_all_and_none_recover_nothing(kind: Kind) -> None:
    _, key = truth(kind)
    new = key.unseen if any(key.unseen) else [True] * key.asked
    asked = len({one for row, counts in zip(key.on, new, strict=True) if counts for one in row})
    assert f"{asked} of {asked} planted variables are recovered" in noted(kind, {})
    empty: list[list[int]] = [[] for _ in range(key.asked)]
    text = noted(kind, {"active": empty, "values": empty})
    assert f"0 of {asked} planted variables are recovered" in text
    assert f"{asked} have none" in text
    assert "0 latents fire" in text


def test_a_variable_that_is_lost_is_missed_by_name_and_counted_in_its_group() -> None:
    _, key = truth(Kind.HIERARCHY)
    parents = len(set(key.parents) - {-1})
    lost = [[variable for variable in row if variable != 0] for row in key.on]
    values = [[1.0] * len(row) for row in lost]  # that they fire, and not how strongly
    text = noted(Kind.HIERARCHY, {"active": lost, "values": values}, Asked(names=tuple(map(str, range(key.planted)))))
    assert f"{parents - 1} of {parents} parents" in text
    assert "Not recovered: 0." in text
    assert "1 has none" in text
    (bars, _) = labels(text)
    assert re.search(rf"parents: {parents} bars from .* down to 0, median", bars)
    assert f"from {FOUND} on" in text


@pytest.mark.parametrize("kind", PREDICTED)
def test_predictions_stand_against_what_was_planted(kind: Kind) -> None:
    _, key = truth(kind)
    dots = re.compile(r"M(\d+) (\d+)h0")
    text = noted(kind, {})
    assert "R² 1.00 over all variables" in text
    values = key.asked * len(key.truths[0])
    assert len(dots.findall(text)) == min(300, values)
    assert text == noted(kind, {})  # the same ones each time
    up = [[-value for value in row] for row in key.truths]
    assert dots.findall(noted(kind, {"predictions": up})) != dots.findall(text)
    far = [[value + 1e200 for value in row] for row in key.truths]
    assert f"{min(300, values)} beyond the picture stand at its edge" in noted(kind, {"predictions": far})


@pytest.mark.parametrize("kind", PREDICTED)
def test_a_score_beside_r_squared_says_what_it_is_relative_to(kind: Kind) -> None:
    ref, key = truth(kind)
    for untrained, over in ((0.25, "the untrained twin"), (-4.0, "a constant")):
        told = question(ref, key.model_copy(update={"untrained": untrained, "ceiling": 0.75}), Asked())
        known = max(untrained, 0.0)
        assert f"gains over {over} as a share of what that regression gains" in told
        assert f"(R² - {known:.2f}) / (0.75 - {known:.2f}), between -1 and 1" in told
    assert "<dt>score (recovered)</dt>" not in question(*truth(Kind.SUPERPOSITION), Asked())


def test_a_hypothesis_stands_beside_the_truth() -> None:
    _, key = truth(Kind.HYPOTHESIS)
    assert key.superposed is not None
    (told,) = labels(noted(Kind.HYPOTHESIS, {"p_superposed": 0.25}))
    assert told.startswith(f"P(sparse sums) is said to be 0.25, the truth is {int(key.superposed)}")


def test_what_is_no_answer_is_not_shown() -> None:
    ref, key = truth(Kind.BOARD)
    assert answer(ref, key, FeatureAnswer(not_applicable="none"), Asked()) == ""
    assert answer(ref, key, FeatureAnswer(p_superposed=0.5), Asked()) == ""
    assert answer(ref, key, FeatureAnswer(predictions=[[0.0] * 6]), Asked()) == ""


def test_what_the_store_does_not_hold_is_not_shown(tmp_path: Path) -> None:
    task = world(Kind.SUPERPOSITION)
    nothing = panels(tmp_path / "a", task, lambda unit, key: json.dumps(known(key)), keys=False)
    assert not nothing.questions
    assert not nothing.answers
    found = panels(tmp_path / "b", task, lambda unit, key: None, bundles=False)
    assert "dimensions</dt>" not in found.questions[task.name][task.refs[0].id]
    assert not found.answers


def test_names_are_text() -> None:
    ref, key = truth(Kind.BOARD)
    names = ("<script>alert(1)</script>", *"abcde")
    for text in (question(ref, key, Asked(names=names)), answer(ref, key, oracle(key), Asked(names=names))):
        assert "<script>" not in text
        assert "&lt;script&gt;" in text
