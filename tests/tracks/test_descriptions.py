"""Descriptions of metrics stand alone: each is read by itself, as a tip above one column."""

import re

import pytest

from interpbench.tracks.registry import TRACKS

LEANS = re.compile(
    r"\bthe same (of|for|before)\b|\bthe headline\b|\brungs?\b|\bover the same\b|\bthe kinds$", re.IGNORECASE
)
"""Words that point to another description, or that no page explains."""


@pytest.mark.parametrize("track", sorted(TRACKS))
def test_no_description_leans_on_another_one_without_naming_it(track: str) -> None:
    metrics = TRACKS[track].load().metrics
    known = {*metrics, *(metric.title for metric in metrics.values())}
    for name, metric in metrics.items():
        assert not LEANS.search(metric.about), f"{name}: {metric.about}"
        named = re.findall(r"`(\w+)`", metric.about)
        assert set(named) <= known, f"{name} names a metric that there is not: {named}"
        assert name not in named, f"{name} explains itself by itself"


def test_the_control_a_description_that_leans_is_found() -> None:
    for told in ("the same of this rung", "the same of edges", "the headline over answered instances alone"):
        assert LEANS.search(told)
