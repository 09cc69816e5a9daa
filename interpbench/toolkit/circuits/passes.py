"""How many rows a method runs through a network: the cost by which methods of circuits are compared.

A row's forward pass counts one, and one that is kept for a backward pass two. It is a count of what goes through this
toolkit, not a fence: a method with a forward pass of its own says what it ran by `count`, and is told by its time.
"""

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary


@dataclass
class Meter:
    """Rows that were run."""

    rows: int = 0


_METERS: "WeakKeyDictionary[Any, Meter]" = WeakKeyDictionary()


def metered(bridge: Any) -> Meter:
    """The meter of a network, from its first call on."""
    return _METERS.setdefault(bridge, Meter())


def count(bridge: Any, rows: int) -> None:
    """Rows were run through a network; of one without meter nothing is kept."""
    meter = _METERS.get(bridge)
    if meter is not None:
        meter.rows += rows
