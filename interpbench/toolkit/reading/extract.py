"""What all methods of this room do around their reading: label, narrow, search, and say how sure they are."""

from collections.abc import Callable

import torch

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.theory import unparse
from interpbench.toolkit.reading.climb import SEEN, Climb, presence
from interpbench.toolkit.reading.narrow import Reading, ladder
from interpbench.toolkit.reading.sample import drawn, labelled
from interpbench.toolkit.reading.table import tabulated
from interpbench.toolkit.synthesis import Hints

HELD = 16_000
"""Fresh inputs, labelled by the network, that a theory is judged on."""

BRIEF = 200_000
"""States of a first search without hints. Shares of the budget go to solvers, so that a small budget reaches the late
ones sooner; and what a method finds by its own means in larger words is found here in smaller ones."""

First = Callable[[Climb, tuple[int, ...] | None], None]
"""What a method tries before the searches: given the climb and the positions that matter."""


def unreadable(subject: Subject | None, domain: Domain) -> str | None:
    """Why a network cannot be read here: there is none, or it has no states at an answer position."""
    if subject is None:
        return "no network is shown, and this method reads activations"
    if subject.config.kind not in ("transformer", "gru"):
        return f"a {subject.config.kind} has no states by position"
    if len(domain.positions) != 1:
        return f"{len(domain.positions)} answers; this method reads one"
    return None


def climbed(
    subject: Subject, rows: Rows, domain: Domain, reading: Reading, rng: torch.Generator, first: First | None = None
) -> Climb:
    """The searches under a reading's hints, from narrow to wide; the table of the reading where all of them fail."""
    sample = labelled(subject, rows, domain, SEEN, rng)
    climb = Climb(sample=sample, held=drawn(subject, domain, HELD, rng), seed=rng.initial_seed() % 2**31)
    rungs = ladder(reading, subject, domain, rng)
    positions = rungs[0].positions
    narrow = [rung for rung in rungs if rung.classes is None and rung != Hints()]
    climb.climb(narrow)
    if not climb.done:
        climb.search(Hints(), BRIEF)
    if first is not None and not climb.done:
        first(climb, positions)
    climb.climb([rung for rung in rungs if rung not in narrow])
    if not climb.done and (table := tabulated(subject, domain, positions, reading.alike, rng)) is not None:
        climb.offer(table, "table")
    return climb


def told(climb: Climb) -> tuple[str, float]:
    """The text of the best theory, and how much its agreement with unseen labels says for a rule."""
    assert climb.best is not None
    return unparse(climb.best.theory), presence(climb.best.agreement, climb.held.labels)
