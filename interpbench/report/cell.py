"""Figures as text that still know their parts: what Markdown shows as one string, LaTeX sets in columns of its own."""

from collections.abc import Iterable
from typing import Self

from interpbench.score.interval import ROUNDING, Estimate
from interpbench.tracks.track import Metric

ABSENT = "n/a"


class Figure(str):
    """A number as it is shown, `83` or `83 [71, 92]`, and the parts that it was put together from.

    >>> cell = Figure.of("83", "71", "92")
    >>> cell, cell.value, cell.high
    ('83 [71, 92]', '83', '92')
    """

    value: str
    """The number alone, without separators of thousands."""
    low: str
    """The lower end of its interval; empty where it has none."""
    high: str
    """The upper end."""

    @classmethod
    def of(cls, value: str, low: str = "", high: str = "", *, shown: str | None = None) -> Self:
        """From its parts; `shown` where the text is another one."""
        text = f"{value} [{low}, {high}]" if low and high else value
        made = cls(text if shown is None else shown)
        made.value, made.low, made.high = value, low, high
        return made


def number(value: float | None, percent: bool) -> str:
    """A value as the board shows it; `n/a` where there is none."""
    return ABSENT if value is None else Figure.of(_digits(value, percent))


def interval(estimate: Estimate, percent: bool) -> str:
    """Value and 95% interval: `83 [71, 92]`; a value without interval stands alone."""
    if estimate.value is None:
        return ABSENT
    value = _digits(estimate.value, percent)
    if estimate.low is None or estimate.high is None:
        return Figure.of(value)
    if estimate.low == estimate.high == estimate.value:
        return Figure.of(value)
    return Figure.of(value, _digits(estimate.low, percent), _digits(estimate.high, percent))


def signed(estimate: Estimate, metric: Metric) -> str:
    """A difference in a metric with its 95% interval: `+7 [-1, +15]`."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return ABSENT
    most = metric.highest - metric.lowest  # no difference is larger
    ends = (max(-most, estimate.low), min(most, estimate.high))
    return Figure.of(*(_sign(part, metric.percent) for part in (estimate.value, *ends)))


def seconds(value: float) -> str:
    """CPU seconds."""
    return Figure.of(f"{value:.1f}")


def count(value: int) -> str:
    """A number of things, with separators of thousands where it is read."""
    return Figure.of(str(value), shown=f"{value:,}")


def probability(p: float | None) -> str:
    """A p-value; below a thousandth no figure is worth its digits."""
    return ABSENT if p is None else Figure.of(f"{p:.3f}") if p >= 0.001 else "<.001"


def least(size: float, metric: Metric) -> str:
    """A minimum detectable difference in the unit of a metric; `> 100` where no difference is large enough to show."""
    most = metric.highest - metric.lowest
    if size > most:
        return f"> {_digits(most, metric.percent)}"
    told = _digits(size, metric.percent)
    return Figure.of(told) if float(told) else "< 1" if metric.percent else "< 0.01"


def least_with_unit(size: float, metric: Metric) -> str:
    """The same in words: `27 points`, or `.31` of a metric that is no share."""
    told = least(size, metric)
    return told if not metric.percent else f"{told} point" if told in {"1", "< 1"} else f"{told} points"


def least_of(sizes: Iterable[float | None], metric: Metric) -> str:
    """The smallest and the largest of some in words, `8 to 27 points`; empty where none is known.

    A size of 0 is left out: it belongs to a row that never differs from what it is compared with by another amount.
    """
    known = sorted(size for size in sizes if size is not None and size > ROUNDING)
    if not known:
        return ""
    low, high = least(known[0], metric), least(known[-1], metric)
    most = least_with_unit(known[-1], metric)
    return most if low == high else f"{low} to {most}"


def _digits(value: float, percent: bool) -> str:
    text = f"{100 * value:.0f}" if percent else f"{value:.2f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _sign(value: float, percent: bool) -> str:
    text = f"{100 * value:+.0f}" if percent else f"{value:+.2f}"
    return "0" if float(text) == 0 else text  # no sign on what rounds to nothing
