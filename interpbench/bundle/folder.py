"""A bundle: one folder that holds all that a cell may see of its question, as JSON and safetensors.

Folders are named by the hash of their bytes. Nothing in them tells the instance, its place or its time.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save
from torch import Tensor

from interpbench.models.names import digest

QUESTION = "question.json"
TENSORS = "tensors.safetensors"
STUDY = "study.safetensors"
"""What the method itself worked out from the rows alone, once for all subjects that share them."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The content of a bundle before it is written."""

    question: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    study: bytes | None = None

    def files(self) -> dict[str, bytes]:
        """File name -> bytes; equal content gives equal bytes."""
        import json

        out = {
            QUESTION: json.dumps(self.question, sort_keys=True, allow_nan=False).encode(),
            TENSORS: save({name: self.tensors[name].contiguous() for name in sorted(self.tensors)}),
        }
        if self.study is not None:
            out[STUDY] = self.study
        return out


def files_hash(files: Mapping[str, bytes]) -> str:
    """The name of a bundle with these files."""
    return digest(*(part for name in sorted(files) for part in (name, hashlib.sha256(files[name]).hexdigest())))


def write_bundle(root: Path, files: Mapping[str, bytes]) -> Path:
    """Writes the files below `root`, atomically; a bundle that is there already and whole is left as it is.

    Returns:
        The folder.
    """
    folder = root / files_hash(files)
    if folder.exists():
        if _whole(folder, files):
            return folder
        shutil.rmtree(folder)
    root.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=root))
    try:
        for name, content in files.items():
            (partial / name).write_bytes(content)
        partial.chmod(0o755)
        os.rename(partial, folder)  # noqa: PTH104 (Path.rename hides that an existing folder is an error)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        if not folder.exists():  # else another job slot was first
            raise
    return folder


def _whole(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether each file is there at its size; a machine that lost power leaves files cut short."""
    try:
        return all((folder / name).stat().st_size == len(content) for name, content in files.items())
    except OSError:
        return False


def read_bundle(folder: Path) -> Bundle:
    """The bundle in a folder."""
    from interpbench.bundle.strict import parse_json

    study = folder / STUDY
    return Bundle(
        question=parse_json((folder / QUESTION).read_bytes(), QUESTION),
        tensors=load_file(folder / TENSORS),
        study=study.read_bytes() if study.exists() else None,
    )
