"""What a page is told of single answers: metrics as tables show them, the rest apart."""

from typing import Any

import pandas as pd
import pytest
from sites import cells

from interpbench.report.site.answers import NAMES, payload
from interpbench.tracks.registry import TRACKS


def told(track: str, **values: float) -> dict[str, Any]:
    """The payload of one answer with some values."""
    frame = cells(track, ["one"], 1).drop(columns=["value.score", "value.rare"])
    return payload(frame.assign(**{f"value.{name}": value for name, value in values.items()}))


def shown(given: dict[str, Any]) -> dict[str, str]:
    return {name: texts["names"][texts["at"][0]] for name, texts in given["shown"].items()}


def test_a_metric_has_its_title_its_unit_and_the_digits_of_tables() -> None:
    given = told("circuits", present_brier=1.598e-20, edge_auroc=0.66834, nodes=-0.002)
    assert given["titles"] == {
        "carriers": "carriers %",
        "edge_auroc": "edge AUROC %",
        "present_brier": "Brier (present)",
    }
    assert shown(given) == {"carriers": "0", "edge_auroc": "67", "present_brier": "0.00"}
    assert list(given["values"]) == list(given["titles"]), "in the order of the board"


def test_what_is_no_metric_has_no_title_and_few_digits() -> None:
    given = told("generalization", correct=0.5, log_norm=3.141592, n_train=3072.0, forecast=0.87654, test=1.598e-20)
    assert given["titles"] == {"accuracy": "accuracy %"}
    assert shown(given) == {
        "accuracy": "50",
        "log_norm": "3.14",
        "n_train": "3072",
        "P(run generalises)": "0.877",
        "test": "1.6e-20",
    }


def test_what_applies_to_some_answers_only_is_empty_in_the_others() -> None:
    frame = cells("features", ["one"], 2).assign(**{"value.l0": pd.Series([4.5, float("nan")])})
    given = payload(frame)
    assert [given["shown"]["l0"]["names"][at] for at in given["shown"]["l0"]["at"]] == ["4.50", ""]
    assert given["values"]["l0"] == [4.5, None]


@pytest.mark.parametrize("track", NAMES)
def test_names_are_of_metrics_and_hide_none(track: str) -> None:
    metrics = TRACKS[track].load().metrics
    for name, metric in NAMES[track].items():
        assert metric in metrics or name in metrics, "a metric's name, or another one than the metric's that it is not"
    assert len(set(NAMES[track].values())) == len(NAMES[track])
