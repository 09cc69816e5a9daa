"""Files that are there whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_files(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Writes files below a folder: all of them beside it first, so that a full disk or Ctrl-C leaves what was there.

    Args:
        folder: made if need be; what else lies in it stays.
        files: relative paths with their content; made one after the other, so that they need not fit into memory.

    Returns:
        The files, in their order.

    Raises:
        OSError: it cannot be written; nothing was changed unless the disk failed between two renames.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; a folder is wanted")
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    names: list[str] = []
    try:
        for name, content in files:
            names.append(name)
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (partial / name).replace(folder / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return [folder / name for name in names]


def write_file(path: Path, content: bytes) -> None:
    """Writes one file whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    write_files(path.parent, [(path.name, content)])
