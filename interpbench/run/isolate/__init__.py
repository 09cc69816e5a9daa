"""Runs untrusted cells: isolated, measured, limited. `docs/security.md` says what that stops and what it does not."""

from interpbench.run.isolate.job import JSON, CellJob, CellOutcome, CellStop
from interpbench.run.isolate.levels import Isolation, IsolationError, available, choose
from interpbench.run.isolate.queries import ask
from interpbench.run.isolate.slot import Slot

__all__ = [
    "JSON",
    "CellJob",
    "CellOutcome",
    "CellStop",
    "Isolation",
    "IsolationError",
    "Slot",
    "ask",
    "available",
    "choose",
]
