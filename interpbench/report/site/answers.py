"""Judged answers of one row as a script that pages load when somebody looks at them."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd

VALUE = "value."
CALL = "window.interpbench.receive"


def script(name: str, payload: object) -> str:
    """A script that hands a payload to the page that asked for it: pages opened as files can load scripts, not JSON.

    Everything but ASCII is escaped, and `<` too, so that no text can end the script or start another.
    """
    text = json.dumps(payload, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"{CALL}({json.dumps(name)},{text});\n"


def payload(of: pd.DataFrame) -> dict[str, Any]:
    """Columns of one row's judged answers; tasks, kinds and reasons that repeat are numbered.

    Args:
        of: lines of one row, with the columns of `run.cells.cells_frame`.
    """
    values = [column for column in of.columns if column.startswith(VALUE) and of[column].notna().any()]
    return {
        "instance": of["instance"].tolist(),
        "units": [list(units) for units in of["units"]],
        **{name: _numbered(of[name].astype(str)) for name in ("task", "kind", "family", "status", "reason")},
        "answered": of["answered"].astype(bool).tolist(),
        "cpu": [_short(value) for value in of["cpu_seconds"]],
        "queries": [int(value) for value in of["queries"]],
        "values": {name.removeprefix(VALUE): [_short(value) for value in of[name]] for name in values},
    }


def _numbered(of: pd.Series) -> dict[str, Any]:
    places, names = pd.factorize(of)
    return {"names": [str(name) for name in names], "at": np.asarray(places).tolist()}


def _short(value: float) -> float | None:
    """Four significant digits; None for what does not apply."""
    return None if value is None or not math.isfinite(value) else float(f"{float(value):.4g}")
