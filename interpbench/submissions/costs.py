"""Whether stated costs can be true. They are measured where the answers are made, so no more than that can be said."""

import math
from collections.abc import Iterator

from interpbench.bundle.outcome import Status
from interpbench.bundle.tier import Tier
from interpbench.run.plan import Row
from interpbench.run.store import AnswerRecord

LATE = 60.0
"""Seconds that a cell may end after its limit: limits are enforced by looking, on a machine that may be busy."""
CLOCK = 1e-6
"""Seconds that clocks can tell apart; a cell that ran has used more, and forking it alone takes 25 ms."""
BEYOND = 2.0
"""How many times its memory limit a cell may be seen to hold before it is ended."""


def implausible(record: AnswerRecord, row: Row) -> Iterator[str]:
    """What is wrong with the costs of a record, as sentences; sizes that no run can give.

    Args:
        record: with its costs.
        row: with its limits and tier.
    """
    cost, limits = record.cost, row.limits
    for name, value in cost.model_dump().items():
        if not math.isfinite(value) or value < 0:
            yield f"cost {name} is {value}; wanted a finite number from 0"
            return
    if cost.wall_seconds > limits.wall_seconds + LATE:
        yield f"ran {cost.wall_seconds:.0f} s; its limit is {limits.wall_seconds:.0f} s"
    if cost.cpu_seconds > (cost.wall_seconds + 1.0) * limits.processes:
        yield f"used {cost.cpu_seconds:.0f} CPU seconds in {cost.wall_seconds:.1f} s, with {limits.processes} processes"
    if cost.peak_bytes > BEYOND * limits.memory_bytes:
        yield f"held {cost.peak_bytes:,} bytes; its limit is {limits.memory_bytes:,}"
    asks = row.tier is Tier.BEHAVIOUR and record.mode == "answer"
    most = limits.queries if asks else 0
    if cost.queries > most:
        yield f"{cost.queries:,} queries; wanted at most {most:,}" + ("" if asks else f" at tier {row.tier.value}")
    least = min(cost.cpu_seconds, cost.wall_seconds)
    if record.status in {Status.OK, Status.NOT_APPLICABLE} and least < CLOCK:
        yield f"answered in no time at all ({least:g} s); a cell that ran has used at least {CLOCK:g} s"
