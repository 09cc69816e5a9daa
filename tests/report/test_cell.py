"""Figures as text: no size is written that no difference can have."""

import pytest

from interpbench.report.cell import least, least_with_unit
from interpbench.tracks.track import Metric

PERCENT = Metric(title="accuracy", about="share of pairs", chance=0.5, ceiling=1, percent=True)
WIDE = Metric(title="recovery", about="-1 to 1", chance=0, ceiling=1, lowest=-1, percent=True)
PLAIN = Metric(title="AUROC", about="area", chance=0.5, ceiling=1)


@pytest.mark.parametrize(
    ("size", "metric", "short", "long"),
    [
        (0.274, PERCENT, "27", "27 points"),
        (0.012, PERCENT, "1", "1 point"),
        (1.0, PERCENT, "100", "100 points"),
        (3.48, PERCENT, "> 100", "> 100 points"),
        (1.2, WIDE, "120", "120 points"),
        (2.1, WIDE, "> 200", "> 200 points"),
        (0.314, PLAIN, "0.31", "0.31"),
        (1.5, PLAIN, "> 1.00", "> 1.00"),
    ],
)
def test_a_detectable_difference_is_never_larger_than_the_largest_there_can_be(
    size: float, metric: Metric, short: str, long: str
) -> None:
    assert least(size, metric) == short
    assert least_with_unit(size, metric) == long
