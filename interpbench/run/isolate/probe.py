"""The smallest cell there is: it answers with one file. `levels.available` runs it."""

import socket
from pathlib import Path

from interpbench.run.isolate.job import JSON


def answer(payload: dict[str, JSON], bundle: Path, answer: Path, queries: socket.socket | None) -> None:
    """Write one file, so that a level is known to let a cell answer."""
    del payload, bundle, queries
    (answer / "answer.json").write_text("{}")
