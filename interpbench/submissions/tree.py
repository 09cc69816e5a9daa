"""A leaderboard folder as files on disk: plain ones only, and outside of a new submission the same as before.

What a link leads to is not what would be merged, so no link is followed and none is let through.
"""

from collections.abc import Iterator
from pathlib import Path

from interpbench.submissions.archive import SubmissionError
from interpbench.tracks.instance import Problem

SUBMISSIONS = "submissions"


def not_plain(folder: Path) -> list[Problem]:
    """Everything below a folder, and the folder itself, that is neither a plain file nor a plain folder.

    Raises:
        SubmissionError: a folder cannot be read.
    """
    if folder.is_symlink():
        return [Problem(where=folder.name, what=f"a link to {_target(folder)}; wanted the folder itself")]
    return [
        Problem(where=name, what=f"a link to {_target(path)}" if path.is_symlink() else "no plain file or folder")
        for name, path in _entries(folder)
        if path.is_symlink() or not (path.is_file() or path.is_dir())
    ]


def moved_files(base: Path, folder: Path) -> Iterator[Problem]:
    """Every file that was added, changed or removed, but for files of submissions that the base has not.

    Args:
        base: the leaderboard's folder before the change.
        folder: the same after it; without links.

    Raises:
        SubmissionError: a file or folder cannot be read.
    """
    before = {name: path for name, path in _entries(base) if not path.is_dir()}
    after = {name: path for name, path in _entries(folder) if not path.is_dir()}
    merged = {name for name in map(_submission, before) if name is not None}
    for name in sorted(before.keys() | after.keys()):
        where = _submission(name)
        advice = "a merged submission stays as it is, add a new one" if where in merged else "leave it as it is"
        if name not in after:
            yield Problem(where=name, what=f"is gone; {advice}")
        elif name in before:
            if not _equal(before[name], after[name]):
                yield Problem(where=name, what=f"was changed; {advice}")
        elif where is None or where in merged:
            yield Problem(where=name, what=f"was added; a submission adds {SUBMISSIONS}/NEW-NAME/ and nothing else")


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Path below the folder, with slashes, and where it is; no link is followed."""
    waiting = [("", folder)]
    while waiting:
        above, place = waiting.pop()
        try:
            paths = sorted(place.iterdir())
        except OSError as error:
            raise SubmissionError(f"{place}: {error.strerror}; wanted a folder that can be read") from error
        for path in paths:
            yield f"{above}{path.name}", path
            if path.is_dir() and not path.is_symlink():
                waiting.append((f"{above}{path.name}/", path))


def _submission(name: str) -> str | None:
    """The submission that a file is of, by its path; None if it is of none."""
    first, *rest = name.split("/")
    return rest[0] if first == SUBMISSIONS and len(rest) > 1 else None


def _equal(first: Path, second: Path) -> bool:
    try:
        return first.stat().st_size == second.stat().st_size and first.read_bytes() == second.read_bytes()
    except OSError as error:
        raise SubmissionError(f"{error.filename}: {error.strerror}; wanted a file that can be read") from error


def _target(path: Path) -> str:
    try:
        return repr(str(path.readlink()))
    except OSError as error:
        return f"somewhere ({error.strerror})"
