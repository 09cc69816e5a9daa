"""The examples on the page are rules of the kinds that they are examples of."""

import re
from pathlib import Path

import numpy as np
import pytest

from interpbench.theory import parse
from interpbench.tracks.extraction.rules import KINDS
from interpbench.tracks.extraction.rules.catalogue import fitting
from interpbench.tracks.extraction.rules.kinds import families

PAGE = (Path(__file__).parents[4] / "docs" / "extraction.md").read_text()
EXAMPLES: dict[str, str] = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| `(.*)` \|$", PAGE, re.MULTILINE))


def test_there_is_an_example_of_each_kind() -> None:
    assert list(EXAMPLES) == list(KINDS)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_is_a_rule_of_its_kind(kind: str) -> None:
    text = EXAMPLES[kind]
    body = f"s = 0\n    {text}\n    return s" if text.startswith("for") else text
    inputs = np.random.default_rng(0).integers(6, size=(500, 8))
    answers = parse(f"def rule(x):\n    {body}").run_many(inputs).integers()
    assert len(fitting(families(kind, 8, 6), inputs, answers)) > 0
