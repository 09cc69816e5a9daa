"""What became of a cell: its status, its reason and what it cost, as the parent measured it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Status(StrEnum):
    """How a cell ended. Every cell that was planned ends in exactly one of these; none is a gap."""

    OK = "ok"
    """The answer is valid."""
    NOT_APPLICABLE = "not_applicable"
    """The method said, from the question's metadata or the shown rows alone, that it cannot answer."""
    TIMEOUT = "timeout"
    """It ran past its wall-clock limit."""
    OUT_OF_MEMORY = "out_of_memory"
    """Its resident memory passed the limit."""
    OVER_BUDGET = "over_budget"
    """It asked for more queries than the question allows."""
    CRASHED = "crashed"
    """The plug-in raised, or its process died."""
    INVALID_ANSWER = "invalid_answer"
    """It answered, but the answer breaks the track's schema."""
    NO_ANSWER = "no_answer"
    """It ended without an answer."""

    @property
    def answered(self) -> bool:
        """Whether a score follows from the answer; every other status scores chance."""
        return self is Status.OK

    @property
    def transient(self) -> bool:
        """Whether `--retry` runs the cell again: the machine, not the plug-in, may be to blame."""
        return self in {Status.TIMEOUT, Status.OUT_OF_MEMORY, Status.CRASHED}


class CellStop(Exception):
    """Ends a cell with a status of its own: raised by a method, by an entry function, or by the parent's side.

    For a method that depends on something outside: an endpoint that is silent is a `timeout` and no crash.
    """

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class Cost(BaseModel):
    """What one cell cost. All but `models_trained` are measured outside the cell."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cpu_seconds: float = 0.0
    """User and system time of the cell's process and of all that it started."""
    wall_seconds: float = 0.0
    """From the start of the fork to the end of the process."""
    peak_bytes: int = 0
    """Largest anonymous resident memory above that of the process it was forked from."""
    queries: int = 0
    """Inputs that the predict proxy answered."""
    models_trained: int = 0
    """Networks trained with the framework's trainer, as the cell reported."""


class Limits(BaseModel):
    """What one cell may use."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wall_seconds: float = 120.0
    memory_bytes: int = 2 * 1024**3
    processes: int = 32
    answer_bytes: int = 16 * 1024**2
    queries: int = 2_000_000
