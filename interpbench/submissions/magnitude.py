"""Numbers that can be judged: squares, sums and differences of them are finite as well."""

from typing import Any

LARGEST = 1e100
"""Of a number in an answer or a calibration. Its square is 1e200, and sums of 1e108 such squares are finite; no score
that means anything comes near it."""
MOST_COUNTED = 10**15
"""Of what is counted (networks trained, rows run): nobody counts further in a cell of hours."""


def beyond(value: Any) -> str | None:
    """Why numbers somewhere in a document cannot be judged, or None.

    Args:
        value: of dicts, lists, numbers and text; integers are counts.
    """
    waiting = [("", value)]
    while waiting:
        place, part = waiting.pop()
        if isinstance(part, dict):
            waiting += [(str(name), one) for name, one in part.items()]
        elif isinstance(part, list | tuple):
            waiting += [(place, one) for one in part]
        elif isinstance(part, float) and not abs(part) <= LARGEST:
            return f"{place} holds {part:g}, whose square cannot be told from infinity; wanted at most {LARGEST:g}"
        elif isinstance(part, int) and abs(part) > MOST_COUNTED:
            return f"{place} holds an integer of {len(str(abs(part)))} digits; wanted at most {MOST_COUNTED:,}"
    return None
