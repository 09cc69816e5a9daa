"""Every question of a run as a method at tier `weights` gets it: for datasets; what is sealed is not touched."""

from collections.abc import Iterator
from dataclasses import dataclass

from interpbench.bundle.folder import Bundle, files_hash
from interpbench.bundle.tier import Tier
from interpbench.run.plan import PlannedTask
from interpbench.tracks.registry import TRACKS


@dataclass(frozen=True, kw_only=True, eq=False)
class PublicQuestion:
    """One unit.

    Attributes:
        id: hash of its bundle; the names of tasks and units, which can tell what was planted, are no part of it.
        track: its name.
        bundle: all that a method may see.
        files: the same as files.
    """

    id: str
    track: str
    bundle: Bundle
    files: dict[str, bytes]


def public_questions(task: PlannedTask) -> Iterator[PublicQuestion]:
    """Each unit of a task, in an order that its names decide and that tells nothing."""
    track = TRACKS[task.info.track].load()
    for unit in task.units:
        bundle = track.bundle(task.task.question(unit, task.seed), Tier.WEIGHTS, None)
        files = bundle.files()
        yield PublicQuestion(id=files_hash(files), track=task.info.track, bundle=bundle, files=files)
