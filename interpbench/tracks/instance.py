"""The nouns that every track shares: a ref names an instance, a problem is what a check found."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Ref:
    """Names one instance, cheaply: made from the zoo's manifest, without weights.

    Attributes:
        task: full name, `track/task`.
        suite_seed: what the suite's disguise and order are drawn from.
        index: place within (task, suite, size); it carries nothing.
        kind: stratum of the score, e.g. the kind of pair; never shown to a method.
        units: names of the units that the instance consists of.
        group: the stratum whose models are resampled together.
        members: (class, model) of every model in the instance; intervals resample these.
    """

    task: str
    suite_seed: str
    index: int
    kind: str
    units: tuple[str, ...]
    group: str
    members: tuple[tuple[str, str], ...]
    family: str = ""
    """What intervals resample first, where that is not the task."""

    @property
    def id(self) -> str:
        """Readable and unique within a suite."""
        return f"{self.task}#{self.index:04d}"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A fault that a check found.

    Attributes:
        where: what was checked.
        what: got and wanted, in a sentence.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """A public question and a sealed key. `questions` maps unit name -> question."""

    ref: Ref
    questions: dict[str, Any]
    key: Any


@dataclass(frozen=True, kw_only=True)
class ScoredCell:
    """The values that one method's answer to one instance is worth, ready for `reduce`.

    Attributes:
        ref: which instance.
        values: what `cell` gave.
        answered: False where a failure was scored at chance.
    """

    ref: Ref
    values: dict[str, float]
    answered: bool = True
    reason: str = ""
    family: str = field(default="")
