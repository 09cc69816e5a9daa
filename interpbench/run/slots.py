"""Independent jobs in isolated slots, several at a time."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from interpbench.run.isolate.levels import Isolation
from interpbench.run.isolate.slot import Slot

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_slots(
    jobs: Sequence[Job], run: Callable[[Slot, Job], Result], *, entry: str, bundles: Path, slots: int
) -> Iterator[Result]:
    """Runs each job in one of some slots and yields results as they come.

    Args:
        jobs: what is to be done.
        run: does one in a slot; called in a thread of that slot's own.
        entry: function that the slots' processes call.
        bundles: folder that they may read.
        slots: jobs at a time, at most.

    Raises:
        BaseException: whatever `run` raised; slots are closed.
    """
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    results: queue.SimpleQueue[tuple[Result] | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    opened: list[Slot] = []

    def work() -> None:
        try:
            with Slot(level=Isolation.PROCESS, entry=entry, hidden=(), bundles=bundles) as slot:
                opened.append(slot)
                while not stop.is_set():
                    try:
                        job = waiting.get_nowait()
                    except queue.Empty:
                        break
                    results.put((run(slot, job),))
        except BaseException as error:
            results.put(error)
        results.put(None)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(slots, len(jobs)))]
    for thread in threads:
        thread.start()
    try:
        running = len(threads)
        while running:
            result = results.get()
            if result is None:
                running -= 1
            elif isinstance(result, BaseException):
                raise result
            else:
                yield result[0]
    finally:
        stop.set()
        if any(thread.is_alive() for thread in threads):
            for slot in opened:
                slot.close()
