"""What a cell is given, what came of it, and how its own code may say how it ended."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from interpbench.bundle.outcome import CellStop, Cost, Limits, Status

__all__ = ["JSON", "CellJob", "CellOutcome", "CellStop"]

JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"


@dataclass(frozen=True, kw_only=True)
class CellJob:
    """One cell to run."""

    id: str
    """Names the cell in messages; nothing is derived from it."""
    payload: dict[str, JSON]
    """Handed to the entry function as it is."""
    bundle: Path
    """The question's folder, under the slot's `bundles`; the cell reads this one and no other."""
    plugin: Path | None
    """Folder or file with the plug-in's own code, made readable. `None` for what is installed beside the framework."""
    limits: Limits
    ports: tuple[int, ...] = ()
    """TCP ports that the cell may connect to, on any machine, beside that of name servers; none: it has no network."""
    secret: str | None = field(default=None, repr=False)
    """A key, for this cell alone: arrives as `payload["secret"]`, and is taken out of whatever the cell leaves."""


@dataclass(frozen=True, kw_only=True)
class CellOutcome:
    """How a cell ended, what it cost and what it left. Nothing here was parsed."""

    status: Status
    reason: str
    """Empty when the status is `ok`."""
    cost: Cost
    """As measured from outside. `queries` counts served requests: a caller whose requests carry many inputs replaces
    it, as it does `models_trained`."""
    files: dict[str, bytes] = field(default_factory=dict)
    """The answer folder. Empty where a limit was broken or the folder itself is not in order."""
    log: str = ""
    """The end of what the cell printed."""
