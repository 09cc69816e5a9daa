"""What is written down of a round: its stage, what came in, and what was committed to."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interpbench.bundle.whole import write_whole
from interpbench.plugins.manifest import Suite
from interpbench.rounds.commitment import Commitment

ROUND, SALT_FILE = "round.json", "salt"


class RoundError(RuntimeError):
    """The round is not what the command needs; the message says what to do."""


class Stage(StrEnum):
    """How far a round is."""

    OPEN = "open"
    """Submissions are taken."""
    CLOSED = "closed"
    """Networks are trained and committed to; nothing is taken any more."""
    ANSWERED = "answered"
    """All plug-ins have run."""
    PUBLISHED = "published"


class Received(BaseModel):
    """A submission of a round."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sha256: str
    """Of the bundle's file."""
    plugins: dict[str, str]
    """Method -> its folder or loose file, below the folder of the round's plug-ins."""
    at: datetime

    @property
    def methods(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.plugins)


class Round(BaseModel):
    """`round.json`, which may be public at every stage: the salt stands elsewhere until it is published."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = 1
    name: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,39}$")
    suite: Suite
    """Tasks and sizes; its seed is drawn from the salt when the round closes."""
    opened: datetime
    closes: datetime
    interpbench: str
    commit: str
    stage: Stage = Stage.OPEN
    submissions: tuple[Received, ...] = ()
    commitment: Commitment | None = None
    closed: datetime | None = None
    built_in: tuple[str, ...] = ()
    """Built-in methods that ran."""
    salt: str = ""
    """Empty until the round is published."""

    @property
    def terms(self) -> dict[str, str]:
        """What the commitment binds beside salt, networks and keys: deadlines and what came in."""
        times = {"opened": self.opened, "closes": self.closes}
        return {name: f"{time:%Y-%m-%d %H:%M:%S}" for name, time in times.items()} | {
            f"submission {one.name}": one.sha256 for one in self.submissions
        }

    def must_be(self, *stages: Stage) -> None:
        """Raises RoundError where the round is at another stage, with what comes next."""
        if self.stage not in stages:
            wanted = " or ".join(stage.value for stage in stages)
            raise RoundError(f"round {self.name} is {self.stage.value}, wanted {wanted}; next: {_NEXT[self.stage]}")


_NEXT = {
    Stage.OPEN: "`interpbench host receive` while submissions come in, then `interpbench host close`",
    Stage.CLOSED: "`interpbench host run`",
    Stage.ANSWERED: "`interpbench host publish`",
    Stage.PUBLISHED: "nothing; `interpbench host check` on what was published",
}


def read_round(folder: Path) -> Round:
    """The round in a folder.

    Raises:
        RoundError: there is none, or it is damaged.
    """
    path = folder / ROUND
    try:
        return Round.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RoundError(f"{path}: no round here; begin one with `interpbench host open {folder}`") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise RoundError(f"{path}: damaged at {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def write_round(folder: Path, state: Round) -> None:
    """Writes it, whole or not at all."""
    write_whole(folder / ROUND, (state.model_dump_json(indent=1) + "\n").encode())


def now() -> datetime:
    """In UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
