"""What a search may cost, and what it has cost so far."""

import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How far a search goes.

    Attributes:
        states: expressions, tables and linear systems looked at. A search that ends by this one repeats exactly.
        seconds: CPU seconds of the process, looked at between blocks of some milliseconds up to .2 s. A safety net:
            where it ends a search, what was found depends on the machine.
        size: largest theory, in syntax nodes of its canonical form.
        kept: distinct expressions that larger ones are made of; each takes two bytes an example.
    """

    states: int = 20_000_000
    seconds: float = 10.0
    size: int = 120
    kept: int = 40_000


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a search has done so far.

    Attributes:
        states: looked at, in all.
        seconds: CPU seconds.
        by_solver: states of each solver.
    """

    states: int
    seconds: float
    by_solver: dict[str, int]

    @property
    def states_per_second(self) -> float:
        """States a CPU second; 0 before anything was done."""
        return self.states / self.seconds if self.seconds else 0.0


@dataclass(kw_only=True)
class Clock:
    """Counts, and says when to end.

    Attributes:
        budget: the limits.
        solver: whose states are counted now.
        until: states at which the present solver's share ends.
        late: CPU seconds at which it ends.
    """

    budget: Budget
    solver: str = ""
    until: int = 0
    late: float = 0.0
    _counts: Counter[str] = field(default_factory=Counter)
    _states: int = 0
    _begun: float = field(default_factory=time.process_time)

    def enter(self, solver: str, share: float) -> None:
        """Counts for another solver from here on, which gets a share of the budget, at most what is left."""
        self.solver = solver
        self.until = min(self.budget.states, self._states + int(share * self.budget.states))
        self.late = min(self.budget.seconds, time.process_time() - self._begun + share * self.budget.seconds)

    def spend(self, states: int) -> None:
        """Counts states."""
        self._states += states
        self._counts[self.solver] += states

    @property
    def open(self) -> bool:
        """Whether the solver may go on."""
        return self._states < self.until and time.process_time() - self._begun < self.late

    @property
    def progress(self) -> Progress:
        """The counters."""
        seconds = time.process_time() - self._begun
        return Progress(states=self._states, seconds=seconds, by_solver=dict(self._counts))
