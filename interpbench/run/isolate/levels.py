"""How far a cell is kept from the rest of the machine, and which of the levels work on this one."""

import sys
import tempfile
from enum import StrEnum
from functools import cache
from pathlib import Path


class Isolation(StrEnum):
    """The levels, strongest first. `docs/security.md` says what each one stops and what it does not."""

    BWRAP = "bwrap"
    """Everything of `LANDLOCK`, inside a bubblewrap that shows nothing but Python and the bundles."""
    LANDLOCK = "landlock"
    """Own namespaces, read-only file system, an allow-list of paths, a filter on system calls."""
    PROCESS = "process"
    """A process of its own, with measured cost and enforced limits. It keeps nothing secret."""


class IsolationError(RuntimeError):
    """The machine cannot isolate a cell as asked. Never the plug-in's fault, so never an outcome."""


@cache
def available() -> dict[Isolation, str | None]:
    """Try each level once, with a real cell, and say which work.

    The answer is kept for the life of the process: a probe starts a bare interpreter (0.2-0.4 s a level).

    Returns:
        For each level, strongest first, `None` if it works, or the reason in one sentence.
    """
    return {level: _probe(level) for level in Isolation}


def choose(wanted: str) -> Isolation:
    """The level that `wanted` names; `"auto"` is the strongest that works here.

    Raises:
        IsolationError: The name is unknown or the level does not work here; says why and what to do.
    """
    works = [level for level, reason in available().items() if reason is None]
    if wanted == "auto":
        if not works:
            raise IsolationError("no isolation level works here: " + _reasons())
        return works[0]
    if wanted not in set(Isolation):
        names = ", ".join(["auto", *Isolation])
        raise IsolationError(f"isolation: got {wanted!r}, wanted one of {names}")
    level = Isolation(wanted)
    if level not in works:
        usable = ", ".join(["auto", *works])
        raise IsolationError(
            f"isolation level {level} does not work here: {available()[level]} Use one of: {usable} "
            f"(what each one stops: docs/security.md)."
        )
    return level


def _reasons() -> str:
    return " ".join(f"{level}: {reason}" for level, reason in available().items())


def _probe(level: Isolation) -> str | None:
    if level is not Isolation.PROCESS and sys.platform != "linux":
        return f"It needs Linux, this is {sys.platform}."
    # Imported here because slot.py takes its level from this file.
    from interpbench.bundle.outcome import Limits, Status
    from interpbench.run.isolate.job import CellJob
    from interpbench.run.isolate.slot import Slot

    with tempfile.TemporaryDirectory(prefix="interpbench-probe-") as name:
        bundle = Path(name) / "bundle"
        bundle.mkdir()
        job = CellJob(id="probe", payload={}, bundle=bundle, plugin=None, limits=Limits(wall_seconds=20))
        try:
            with Slot(level=level, entry="interpbench.run.isolate.probe:answer", bundles=Path(name)) as slot:
                outcome = slot.run(job)
        except (IsolationError, OSError) as error:
            return f"{str(error).rstrip('.')}."
    return None if outcome.status is Status.OK else f"A trial cell ended as {outcome.status}: {outcome.reason}."
