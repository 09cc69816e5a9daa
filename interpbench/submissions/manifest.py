"""What a bundle says of itself: `manifest.json`, strict; it holds no score, since those follow from the answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from interpbench.bundle.tier import Tier
from interpbench.plugins.discovery import MethodInfo
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import MethodCard, Suite
from interpbench.run.plan import PlannedTask, Row
from interpbench.run.provenance import Provenance
from interpbench.run.zoo_hash import manifest_hash

MANIFEST = "manifest.json"
NAME = r"^[a-z0-9][a-z0-9_.+-]{0,79}$"
SELF_RUN = "self-run"
"""The label of rows whose answers were made by the authors, on networks that anybody can look at."""


class Part(BaseModel):
    """A part of the manifest: no field beyond those that are named, none coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Contact(Part):
    """Who stands behind a submission."""

    authors: tuple[str, ...] = Field(default=(), max_length=100)
    contact: str = Field(default="", max_length=200)
    """An address that may be published."""
    paper: str = Field(default="", max_length=300)
    """Its address, if there is one."""


class TaskStamp(Part):
    """Which task was asked."""

    version: str
    size: str
    zoo: str
    """Hash of the zoo's manifest, which names the hash of the weights; empty for a task without networks."""


class SuiteStamp(Part):
    """Which suite was asked."""

    name: str
    version: str
    seed: str
    tasks: dict[str, TaskStamp]


class SubmittedMethod(Part):
    """A method as its authors describe it, with all its variants."""

    name: str = Field(pattern=NAME)
    family: Family
    tier: Tier
    version: str = Field(max_length=40)
    summary: str = Field(max_length=1000)
    source_hash: str = Field(pattern="^[0-9a-f]{40}$")
    studies: bool
    """Whether it studies rows before it is asked about a network."""
    capped: bool
    """Whether it keeps to what its track grants."""
    tracks: tuple[str, ...] = Field(min_length=1)
    """Those that its answers are about."""
    left_out: dict[str, str] = {}
    """Tracks that it enters and that were not run -> why."""
    card: MethodCard
    """`method.yaml`: variants with their parameters, calibration, what was tuned on what, references, limits."""
    source: tuple[str, ...] = ()
    """Files of its code that the bundle holds, relative to its folder."""
    source_left_out: tuple[str, ...] = ()
    """Files that it does not hold although code was asked for: not text, or too large."""
    loose: bool = False
    """Whether its code is one file and no folder."""

    @property
    def info(self) -> MethodInfo:
        """As listing sees an installed method; there is no code behind it."""
        return MethodInfo(
            name=self.name,
            family=self.family,
            version=self.version,
            tier=self.tier,
            tracks=self.tracks,
            class_name="",
            source=Path("submitted") / self.name / "__init__.py",
            module=None,
            card=self.card,
            summary=self.summary,
            studies=self.studies,
            capped=self.capped,
        )

    @property
    def rows(self) -> list[Row]:
        """A row for each variant."""
        info = self.info
        return [Row(name=info.row(variant), info=info, variant=variant) for variant in self.card.variants]


class Manifest(Part):
    """`manifest.json`."""

    schema_version: Literal[1] = 1
    suite: SuiteStamp
    provenance: Provenance
    """Of packing: version, commit and dirt of interpbench, packages, machine, isolation."""
    answered_at: tuple[str, ...]
    """Commits at which the answers were made."""
    environment: dict[str, str]
    """What of the machine the answers depend on; part of every answer's hash."""
    contact: Contact
    methods: tuple[SubmittedMethod, ...] = Field(min_length=1)
    files: dict[str, str]
    """Every other file -> its SHA-256."""

    @property
    def rows(self) -> Iterator[tuple[SubmittedMethod, Row]]:
        """All rows with their methods."""
        return ((method, row) for method in self.methods for row in method.rows)


def suite_stamp(suite: Suite, tasks: list[PlannedTask]) -> SuiteStamp:
    """The suite as it is installed here."""
    return SuiteStamp(
        name=suite.name,
        version=suite.version,
        seed=suite.seed,
        tasks={
            task.name: TaskStamp(version=task.info.version, size=task.size, zoo=manifest_hash(task.info))
            for task in tasks
        },
    )


def submitted_method(
    info: MethodInfo, tracks: tuple[str, ...], left_out: dict[str, str], **source: Any
) -> SubmittedMethod:
    """An installed method as a manifest describes it.

    Args:
        info: as listed.
        tracks: that the bundle holds answers about.
        left_out: the others that it enters -> why.
        source: what the bundle holds of its code (`source`, `source_left_out`).
    """
    return SubmittedMethod(
        name=info.name,
        family=info.family,
        tier=info.tier,
        version=info.version,
        summary=info.summary[:1000],
        source_hash=info.source_hash,
        studies=info.studies,
        capped=info.capped,
        tracks=tracks,
        left_out=left_out,
        card=info.card,
        loose=info.source.name != "__init__.py",
        **source,
    )
