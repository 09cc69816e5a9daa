"""Live progress with time left; plain lines where there is no terminal."""

import threading
import time
from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

STEADY = 10
"""Things that must have ended before the time left is worth saying."""
PLAIN_EVERY = 5.0
"""Seconds between lines without a terminal."""


class Meter:
    """Counts what ended: done, cached, failed; shows the time left.

    Args:
        total: how many things there are.
        what: their name, e.g. `cells`.
        console: where to print; stderr, so that stdout stays clean for pipes.
        shy: whether nothing stays of it: no line for what is soon over, and no bar after the end.
    """

    def __init__(self, total: int, what: str, console: Console, *, shy: bool = False) -> None:
        self.total = total
        self.what = what
        self.counts: Counter[str] = Counter()
        self._console = console
        self._shy = shy
        self._began = time.monotonic()
        self._last = self._began
        self._lock = threading.Lock()
        self._ran = 0
        self._live: Progress | None = None
        if console.is_terminal:
            self._live = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[left]}"),
                console=console,
                transient=shy,
            )
            self._task = self._live.add_task(f"{what}: {self._summary()}", total=total or None, left="")

    def __enter__(self) -> Self:
        if self._shy:
            return self
        if self._live is not None:
            self._live.start()
        else:
            self._console.print(self._line(), highlight=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        elif self.total and not self._shy:
            self._console.print(self._line(), highlight=False)

    def count(self, outcome: str, label: str = "", ran: bool = True, number: int = 1) -> None:
        """Something has ended.

        Args:
            outcome: `done`, `cached` or `failed`.
            label: what it was, shown beside the bar.
            ran: whether it took time; cached things say nothing about the time left.
            number: of things.
        """
        with self._lock:
            self.counts[outcome] += number
            self._ran += number * ran
            now = time.monotonic()
            if self._live is not None:
                self._live.start()  # again is nothing
                text = f"{self._summary()}  {label}"[:60]
                self._live.update(
                    self._task,
                    total=self.total,
                    completed=sum(self.counts.values()),
                    description=text,
                    left=self._left(now),
                )
            elif now - self._last >= PLAIN_EVERY:
                self._last = now
                self._console.print(self._line(), highlight=False)

    def _summary(self) -> str:
        return ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.counts.items())) or "starting"

    def _left(self, now: float) -> str:
        remaining = self.total - sum(self.counts.values())
        if self._ran < STEADY or not remaining:
            return ""
        seconds = round((now - self._began) / self._ran * remaining)
        return f"{seconds // 60}:{seconds % 60:02d} left"

    def _line(self) -> str:
        now = time.monotonic()
        left = self._left(now)
        known = f" {sum(self.counts.values())}/{self.total}" if self.total else ""
        return f"{self.what}:{known} ({self._summary()})" + (f", {left}" if left else "")


class Judging(Meter):
    """A shy meter of instances on stderr: what commands show while keys are derived and answers judged."""

    def __init__(self) -> None:
        super().__init__(0, "instances", Console(stderr=True), shy=True)

    def expect(self, instances: int) -> None:
        """So many more will be judged."""
        self.total += instances

    def ended(self, instances: int) -> None:
        """So many more have been judged, or need not be."""
        self.count("judged", number=instances)
