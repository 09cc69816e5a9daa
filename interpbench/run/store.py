"""The store: content-addressed answers and scores on disk; what is unreadable is a miss, never an error."""

import errno
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from interpbench.bundle.folder import write_bundle
from interpbench.bundle.outcome import Cost, Status
from interpbench.bundle.whole import write_whole
from interpbench.models.names import digest
from interpbench.run.provenance import Provenance

SCHEMA = 1


class StoreError(OSError):
    """The store cannot be written: read-only, full, or not a folder."""

    def __str__(self) -> str:
        return f"{self.strerror} ({self.filename})"


class AnswerRecord(BaseModel):
    """What became of one cell."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = SCHEMA
    parts: dict[str, Any]
    """What the answer's hash is made of; `why` compares them."""
    row: str
    task: str
    unit: str
    mode: str = "answer"
    status: Status
    reason: str = ""
    cost: Cost = Cost()
    answer: str | None = None
    """The answer file, as it was written."""
    study: str | None = None
    """Hash of the study's file."""
    log: str = ""
    provenance: Provenance


class Store:
    """A folder that holds bundles, answers, studies, sealed keys and scores.

    Args:
        root: the folder; made at the first write.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def bundles(self) -> Path:
        """Questions as cells see them."""
        return self.root / "bundles"

    def answer_path(self, row: str, name: str) -> Path:
        """Where the answer with this hash is or will be."""
        return self.root / "answers" / row.replace("/", "--") / f"{name}.json"

    def answered(self, row: str) -> bool:
        """Whether anything of a row may be stored."""
        return (self.root / "answers" / row.replace("/", "--")).is_dir()

    def answer(self, row: str, name: str) -> AnswerRecord | None:
        """A stored answer, or None; a damaged file counts as none."""
        try:
            record = AnswerRecord.model_validate_json(self.answer_path(row, name).read_bytes())
        except (OSError, ValidationError):
            return None
        return record if record.schema_version == SCHEMA and name == digest(record.parts) else None

    def answers(self, row: str) -> Iterator[tuple[str, AnswerRecord]]:
        """All readable answers of a row."""
        for path in sorted((self.root / "answers" / row.replace("/", "--")).glob("*.json")):
            record = self.answer(row, path.stem)
            if record is not None:
                yield path.stem, record

    def put_answer(self, record: AnswerRecord) -> str:
        """Writes an answer and returns its hash."""
        name = digest(record.parts)
        self.write(self.answer_path(record.row, name), record.model_dump_json(indent=1).encode())
        return name

    def study(self, name: str) -> bytes | None:
        """A stored study, or None."""
        path = self.root / "studies" / f"{name}.safetensors"
        try:
            content = path.read_bytes()
        except OSError:
            return None
        return content if digest(content) == name else None

    def put_study(self, content: bytes) -> str:
        """Writes a study and returns its hash."""
        name = digest(content)
        self.write(self.root / "studies" / f"{name}.safetensors", content)
        return name

    def document(self, kind: str, name: str) -> Any:
        """A JSON document of a kind (`keys`, `scores`, `units`, `runs`), or None."""
        try:
            return json.loads((self.root / kind / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return None

    def put_document(self, kind: str, name: str, document: Any) -> None:
        """Writes a JSON document, in the order in which it comes: that of a board's columns, say."""
        self.write(self.root / kind / f"{name}.json", json.dumps(document, indent=1).encode())

    def prepare(self) -> None:
        """Makes the folders that job slots need.

        Raises:
            StoreError: with what to do.
        """
        try:
            self.bundles.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._explained(error, self.bundles) from error

    def put_bundle(self, files: Mapping[str, bytes]) -> Path:
        """Writes a bundle, unless it is there, and returns its folder.

        Raises:
            StoreError: with what to do.
        """
        try:
            return write_bundle(self.bundles, files)
        except OSError as error:
            raise self._explained(error, self.bundles) from error

    def write(self, path: Path, content: bytes) -> None:
        """Writes a file so that it is there whole or not at all.

        Raises:
            StoreError: with what to do.
        """
        try:
            write_whole(path, content, mode=0o600)
        except OSError as error:
            raise self._explained(error, path) from error

    def _explained(self, error: OSError, path: Path) -> StoreError:
        reasons = {
            errno.ENOSPC: "the disk is full; free some space",
            errno.EDQUOT: "the disk quota is used up; free some space",
            errno.EROFS: "the file system is read-only; choose another folder with --store",
            errno.EACCES: "no permission to write; choose another folder with --store",
            errno.EEXIST: "a part of the path is a file; choose another folder with --store",
            errno.ENOTDIR: "a part of the path is a file; choose another folder with --store",
        }
        why = reasons.get(error.errno or 0, error.strerror or str(error))
        return StoreError(
            error.errno or 0, f"store {self.root}: {why}. Finished cells are kept; the same command goes on", str(path)
        )
