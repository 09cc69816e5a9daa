"""Judged answers of one row as a script that pages load when somebody looks at them."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from interpbench.report.cell import number
from interpbench.tracks.registry import TRACKS
from interpbench.tracks.track import Metric

VALUE = "value."
NAMES: Mapping[str, Mapping[str, str]] = {
    "circuits": {"nodes": "carriers"},
    "extraction": {"recovered": "recovery", "false_positive": "false_positives"},
    "features": {"score": "recovered", "false_positive": "false_positives"},
    "generalization": {"correct": "accuracy", "false_positive": "false_positives", "forecast": "P(run generalises)"},
    "scratchpad": {"false_positive": "false_positives"},
}
"""Track -> name of a value of one answer -> the metric that is a mean of it, or a name that no metric has.

What judging calls `forecast` is a probability; the metric of that name is a log score of many of them.
"""
WHOLE = 10**6
"""Whole numbers below this, steps and counts, keep all their digits."""
CALL = "window.interpbench.receive"


def script(name: str, payload: object) -> str:
    """A script that hands a payload to the page that asked for it: pages opened as files can load scripts, not JSON.

    Everything but ASCII is escaped, and `<` too, so that no text can end the script or start another.
    """
    text = json.dumps(payload, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"{CALL}({json.dumps(name)},{text});\n"


def payload(of: pd.DataFrame) -> dict[str, Any]:
    """Columns of one row's judged answers; tasks, kinds, reasons and texts that repeat are numbered.

    Values that are a metric of the track come first, under its title and as tables show it; the others have no title.

    Args:
        of: lines of one row, with the columns of `run.cells.cells_frame`.
    """
    track = str(of["task"].iloc[0]).partition("/")[0]
    metrics = TRACKS[track].load().metrics if track in TRACKS else {}
    found = _values(of, NAMES.get(track, {}))
    found = {name: found[name] for name in (*(name for name in metrics if name in found), *found)}
    return {
        "instance": of["instance"].tolist(),
        "units": [list(units) for units in of["units"]],
        **{name: _numbered(of[name].astype(str)) for name in ("task", "kind", "family", "status", "reason")},
        "answered": of["answered"].astype(bool).tolist(),
        "cpu": [_short(value) for value in of["cpu_seconds"]],
        "queries": [int(value) for value in of["queries"]],
        "values": {name: [_short(value) for value in values] for name, values in found.items()},
        "shown": {
            name: _numbered(pd.Series([_text(value, metrics.get(name)) for value in values]))
            for name, values in found.items()
        },
        "titles": {name: metrics[name].title + " %" * metrics[name].percent for name in found if name in metrics},
    }


def _values(of: pd.DataFrame, names: Mapping[str, str]) -> dict[str, list[float]]:
    """What judging gave, by the names of metrics; what applies to no answer is left out."""
    columns = [column for column in of.columns if column.startswith(VALUE) and of[column].notna().any()]
    plain = {column: column.removeprefix(VALUE) for column in columns}
    return {names.get(name, name): of[column].tolist() for column, name in plain.items()}


def _text(value: float, metric: Metric | None) -> str:
    """As tables show a metric; of anything else three significant digits, or the whole number that it is."""
    if not math.isfinite(value):
        return ""
    if metric is not None:
        return str(number(value, metric.percent))
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < WHOLE else f"{value:.3g}"


def _numbered(of: pd.Series) -> dict[str, Any]:
    places, names = pd.factorize(of)
    return {"names": [str(name) for name in names], "at": np.asarray(places).tolist()}


def _short(value: float) -> float | None:
    """Four significant digits; None for what does not apply."""
    return None if value is None or not math.isfinite(value) else float(f"{float(value):.4g}")
