"""Where things lie in a bundle, and lines of answers."""

import hashlib
import json
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from interpbench.models.names import digest
from interpbench.run.store import AnswerRecord

ANSWERS = "answers"
STUDIES = "studies"
SOURCE = "source"


class Line(BaseModel):
    """A line of a file of answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hash: str
    """Of what the answer depends on: `digest(record.parts)`."""
    record: AnswerRecord
    """Without its log, which may tell of the machine."""


def answers_file(row: str, task: str) -> str:
    """The answers of a row to a task."""
    return f"{ANSWERS}/{_plain(row)}/{_plain(task)}.jsonl"


def studies_file(row: str) -> str:
    """What a row worked out from rows alone, for its cost; the studies themselves are not packed."""
    return f"{STUDIES}/{_plain(row)}.jsonl"


def _plain(name: str) -> str:
    return name.replace("/", "--")


def lines(records: Iterable[AnswerRecord]) -> bytes:
    """Records as lines of JSON, in their order."""
    out = [
        json.dumps(
            {"hash": digest(record.parts), "record": record.model_dump(mode="json", exclude={"log"})},
            sort_keys=True,
            allow_nan=False,
        )
        for record in records
    ]
    return "".join(f"{line}\n" for line in out).encode()


def sha256(content: bytes) -> str:
    """As the manifest states it."""
    return hashlib.sha256(content).hexdigest()


def printable(text: str) -> str:
    """Text of a stranger without what would move a terminal's cursor, or worse."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "?" for sign in text)
