"""On networks of the public task, as they lie in the repository."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from judged_store import ROW, panels, planned
from scratchpads import LAYOUT, transcripts

from interpbench.report.site.views.scratchpad import answer, question
from interpbench.report.site.views.strips import picture
from interpbench.report.site.views.transcripts import SHOWN, pad
from interpbench.run.plan import PlannedTask
from interpbench.tracks.instance import Ref
from interpbench.tracks.scratchpad.answer import PadAnswer
from interpbench.tracks.scratchpad.key import Kind, PadKey

MOST = 6000
"""Bytes of a piece."""


@cache
def network(kind: Kind) -> tuple[PlannedTask, Ref, PadKey]:
    task = planned("scratchpad/stated_steps", kind, size="smoke")
    key: PadKey = task.task.key(task.refs[0])
    return task, task.refs[0], key


def knowing(unit: str, key: PadKey) -> str:
    said = [0.5 if bit is None else float(bit) for bit in key.bits]
    document: dict[str, Any] = {"subject": sum(said) / len(said), "inputs": said, "p_present": float(key.present)}
    return json.dumps(document)


def labels(text: str) -> list[str]:
    found = re.findall(r'<svg[^>]* role="img" aria-label="([^"]+)"', text)
    assert len(found) == text.count("<svg")
    return found


@pytest.mark.parametrize(
    ("kind", "truth"),
    [
        (Kind.FORCED, "The steps decide its answers"),
        (Kind.DECORATIVE, "The steps do not decide its answers"),
        (Kind.FILLER, "The steps do not decide its answers"),
        (Kind.HINT, "The steps decide some of its answers, and others not"),
        (Kind.NULL, "No steps that anything follows from"),
    ],
)
def test_a_network_is_shown_with_its_truth_and_what_was_said(kind: Kind, truth: str, tmp_path: Path) -> None:
    task, ref, key = network(kind)
    found = panels(tmp_path, task, knowing)
    asked, said = found.questions[task.name][ref.id], found.answers[ROW.name][ref.id]
    assert truth in asked
    assert f"{SHOWN} of 64 asked inputs" in asked
    assert len(re.findall("<tr>", asked)) == len(re.findall("<tr>", said)) == 1 + SHOWN
    assert "rule parities" in asked
    assert "one layer" in asked
    assert (">·</code>" in asked.replace("···", "·")) == (kind is Kind.FILLER)
    assert len(labels(asked)) == (0 if kind is Kind.NULL else 1)
    network_said, inputs_said = labels(said)
    bit = "not asked" if key.bit is None else str(int(key.bit))
    assert f"the truth is {bit}; P(steps are stated" in network_said
    assert network_said.endswith(f"the truth is {int(key.present)}")
    assert inputs_said.startswith("P(the steps decide this answer)")
    for piece in (asked, said):
        assert len(piece.encode()) < MOST


def test_hints_that_are_obeyed_show_as_shares_by_family(tmp_path: Path) -> None:
    task, ref, key = network(Kind.HINT)
    text = panels(tmp_path, task, knowing).questions[task.name][ref.id]
    told = re.search(r"obey hints of family ([ab])", text)
    assert told
    means = dict(re.findall(r"family ([ab]): 32, mean ([\d.]+)", labels(text)[0]))
    obeyed, other = float(means.pop(told[1])), float(next(iter(means.values())))
    assert obeyed < 0.1 < 0.9 < other
    assert text.count("<td>yes</td>") == text.count("<td>no</td>") == SHOWN // 2
    assert f"the steps decide: {sum(bit is True for bit in key.bits)}" in text


def test_examples_are_what_the_network_wrote() -> None:
    rows = transcripts(4)
    key = PadKey(kind=Kind.FREE, shares=(1.0, 0.0, 0.5, 1.0), bits=(True, False, None, True), bit=None)
    found = pad(rows.tokens, rows.labels, LAYOUT, key, shown=4)
    for one in found.examples:
        tokens = rows.tokens[one.place].tolist()
        assert one.input == "".join(map(str, tokens[LAYOUT.input]))
        assert one.steps == "".join(map(str, tokens[LAYOUT.pad]))
        assert one.answer == str(int(rows.labels[one.place, -1]))
        assert one.hint == "none" or one.hint.endswith(f": {one.answer}")  # these hints are right
    assert [one.bit for one in found.examples] == ["yes", "no", "between", "yes"]


def test_answers_stand_by_their_truth() -> None:
    key = PadKey(kind=Kind.FREE, shares=(1.0, 0.0, 0.5), bits=(True, False, None), bit=None)
    text = answer(key, PadAnswer(subject=0.5, inputs=[0.75, 0.25, 0.5], p_present=0.9), None)
    told = labels(text)[1]
    assert "the steps decide: 1, mean 0.75; they do not: 1, mean 0.25; in between: 1, mean 0.50" in told
    assert answer(key, PadAnswer(subject=0.5, inputs=[0.5]), None) == ""
    assert answer(key, PadAnswer(not_applicable="none"), None) == ""


def test_what_the_store_does_not_hold_is_not_shown(tmp_path: Path) -> None:
    task, ref, _ = network(Kind.FORCED)
    nothing = panels(tmp_path / "a", task, knowing, keys=False)
    assert not nothing.questions
    assert not nothing.answers
    text = panels(tmp_path / "b", task, knowing, bundles=False).questions[task.name][ref.id]
    assert "What it wrote is not in the store" in text
    assert "all inputs: 64" in labels(text)[0]


def test_a_network_that_the_zoo_does_not_name_is_shown_by_its_key() -> None:
    task, ref, key = network(Kind.HINT)
    text = question(ref, key, task.task.manifest.model_copy(update={"models": {}}), None)
    assert "A network of" not in text
    assert "hints of family ?" in text


def test_bars_stand_where_their_shares_lie() -> None:
    drawn = picture({"one": [0.0, 0.0, 1.0], "none": []}, "share", ((0.0, 0.1), (0.9, 1.0)))
    (strip,) = drawn.strips
    heights = [float(height) for height in re.findall(r"v-([\d.]+)h", strip.path)]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    lefts = [float(left) for left in re.findall(r"M([\d.]+) ", strip.path)]
    (first, wide), (last, _) = drawn.boxes
    assert first <= lefts[0] <= first + wide
    assert lefts[1] >= last
