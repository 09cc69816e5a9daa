"""Reading an answer folder as bytes, from outside, without trusting anything in it.

The folder is held open since before the cell began, so no path is followed; a cell's folder in memory stays readable
this way after the cell's mounts are gone.
"""

import os
import stat
from itertools import islice

MAX_FILES = 16


class AnswerFolderError(Exception):
    """The folder is not in order; the message says how."""


def read_answer(folder: int, limit: int) -> dict[str, bytes]:
    """Read all files, once no process that could change them is left.

    Args:
        folder: The open folder.
        limit: Bytes that all files together may have.

    Returns:
        Contents by file name.

    Raises:
        AnswerFolderError: Too many entries, too many bytes, or something that is not a plain file.
    """
    names = _names(folder)
    if len(names) > MAX_FILES:
        raise AnswerFolderError(f"the answer has more than {MAX_FILES} files")
    files: dict[str, bytes] = {}
    left = limit
    for name in names:
        files[name] = _read(folder, name, left, limit)
        left -= len(files[name])
    return files


def answer_size(folder: int) -> int:
    """Bytes in the folder so far, as far as its first entries tell."""
    total = 0
    for name in _names(folder):
        try:
            total += os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
        except OSError:
            continue
    return total


def _names(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in islice(entries, MAX_FILES + 1))


def _read(folder: int, name: str, left: int, limit: int) -> bytes:
    try:
        # Not following links, and not waiting for the other end of a pipe.
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        raise AnswerFolderError(f"answer file {name!r} cannot be read: {error.strerror}") from None
    about = os.fstat(fd)
    if not stat.S_ISREG(about.st_mode):
        os.close(fd)
        raise AnswerFolderError(f"answer file {name!r} is not a plain file")
    with os.fdopen(fd, "rb") as file:
        content = file.read(left + 1) if about.st_size <= left else None
    if content is None or len(content) > left:
        raise AnswerFolderError(f"the answer is larger than {limit} bytes")
    return content
