"""A bundle as a file: a zip that is the same for the same content, and is read as if it came from an enemy.

Nothing is ever extracted to disk. What a zip can do beyond holding named bytes is refused: links, folders, paths that
lead elsewhere, names twice, other compressions, encryption, comments and extra fields, and sizes beyond limits, which
are counted while reading and not taken from the header.
"""

import io
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from interpbench.tracks.instance import Problem

SUFFIX = ".ibz"
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time that every entry carries: that of packing says nothing and would change the bytes."""
MODE = stat.S_IFREG | 0o644
MOST_FILES = 20_000
MOST_BYTES = 512 * 1024**2
"""Of all files together, unpacked."""
MOST_PACKED = 256 * 1024**2
PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*")
"""What a name in a bundle looks like: no empty, hidden or upward part, no drive, no backslash."""


class SubmissionError(ValueError):
    """A bundle cannot be made or read; the message says why and how to mend it."""


class Refused(SubmissionError):
    """A bundle has faults.

    Args:
        problems: all that were found before reading on made no sense.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems[:3])) + (f" (and {len(problems) - 3} more)" * (len(problems) > 3)))
        self.problems = problems


def packed(files: Mapping[str, bytes]) -> bytes:
    """The zip of some files; equal files give equal bytes (with one version of zlib).

    Args:
        files: path inside of the bundle -> content.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on every system: the mode below is then read as one
            entry.external_attr = MODE << 16
            archive.writestr(entry, files[name], compresslevel=9)
    return out.getvalue()


def read_archive(path: Path) -> dict[str, bytes]:
    """Path inside of the bundle -> content.

    Raises:
        SubmissionError: the file cannot be read.
        Refused: it is no zip, or holds what a bundle never does.
    """
    try:
        if path.stat().st_size > MOST_PACKED:
            raise Refused([Problem(where=str(path), what=f"larger than {MOST_PACKED // 1024**2} MiB")])
        content = path.read_bytes()
    except OSError as error:
        raise SubmissionError(f"{path}: {error.strerror}; wanted a bundle that `interpbench submit` wrote") from error
    return unpacked(content, str(path))


def unpacked(content: bytes, name: str) -> dict[str, bytes]:
    """The same from the bytes of a bundle.

    Args:
        content: of the file.
        name: of the file, for messages.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refused([Problem(where=name, what=f"no bundle: {error}")]) from error
    with archive:
        problems = list(_faults(archive, name))
        if problems:
            raise Refused(problems)
        return _read(archive, name)


def _faults(archive: zipfile.ZipFile, name: str) -> Iterator[Problem]:
    """What the directory of a zip says that no bundle's says."""
    entries = archive.infolist()
    if archive.comment:
        yield Problem(where=name, what="the zip has a comment; wanted none")
    if entries and min(entry.header_offset for entry in entries) != 0:
        yield Problem(where=name, what="bytes stand before the first file; wanted a plain zip")
    if len(entries) > MOST_FILES:
        yield Problem(where=name, what=f"{len(entries)} files; wanted at most {MOST_FILES}")
    if (size := sum(entry.file_size for entry in entries)) > MOST_BYTES:
        yield Problem(where=name, what=f"unpacks to {size:,} bytes; wanted at most {MOST_BYTES:,}")
    twice = Counter(entry.filename.casefold() for entry in entries)
    for entry in entries:
        where = f"{name}: {entry.filename!r}"
        if twice[entry.filename.casefold()] > 1:
            yield Problem(where=where, what="stands twice (upper and lower case count as the same)")
        if entry.orig_filename != entry.filename or not PATH.fullmatch(entry.filename):
            yield Problem(where=where, what="no path of a bundle: wanted relative parts of letters, digits, `_.+-`")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG}:
            yield Problem(where=where, what="a link or a special file; wanted plain files")
        if entry.compress_type != zipfile.ZIP_DEFLATED:
            yield Problem(where=where, what=f"compression {entry.compress_type}; wanted deflate (8)")
        if entry.flag_bits & 0x1:
            yield Problem(where=where, what="encrypted")
        if entry.extra or entry.comment:
            yield Problem(where=where, what="extra fields or a comment; wanted none")


def _read(archive: zipfile.ZipFile, name: str) -> dict[str, bytes]:
    """All files, no further than their declared sizes."""
    out = {}
    for entry in archive.infolist():
        try:
            with archive.open(entry) as file:
                content = file.read(entry.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise Refused([Problem(where=f"{name}: {entry.filename!r}", what=f"damaged: {error}")]) from error
        if len(content) != entry.file_size:
            what = f"holds {len(content)} bytes or more where {entry.file_size} are declared"
            raise Refused([Problem(where=f"{name}: {entry.filename!r}", what=what)])
        out[entry.filename] = content
    return out
