"""A site on disk: whole or not at all, and never in the place of something else."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

MARK = ".interpbench-site"
"""A file that says: this folder is a site, and may be replaced by a newer one."""


class NotASite(ValueError):
    """The folder holds something else; the message says how to go on."""


def write(folder: Path, files: Iterable[tuple[str, bytes]]) -> int:
    """Writes all files beside the folder first, and then puts them in its place; returns how many.

    Args:
        folder: of the site; an older site there is replaced.
        files: path below it, and content.

    Raises:
        NotASite: the folder is there, is not empty, and no site.
        OSError: it cannot be written; what was there before is left as it was.
    """
    refuse_others(folder)
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        count = 0
        for name, content in files:
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            count += 1
        (fresh / MARK).write_text("Made by `interpbench board build`, which may replace this folder.\n")
        fresh.chmod(0o777 & ~_umask())
        _swap(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return count


def refuse_others(folder: Path) -> None:
    """Raises where a folder holds something that is no site.

    Raises:
        NotASite: with what to do.
    """
    if folder.is_file():
        raise NotASite(f"{folder} is a file; wanted a folder for the site: choose another with --output")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise NotASite(
            f"{folder} holds files that are no site (it has no {MARK}); nothing was written: empty it, or choose "
            "another folder with --output"
        )


def _swap(fresh: Path, folder: Path) -> None:
    """Puts a finished folder in the place of the old one, which is kept until the new one stands there."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    kept = old / folder.name
    folder.rename(kept)
    try:
        fresh.rename(folder)
    except BaseException:
        kept.rename(folder)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
