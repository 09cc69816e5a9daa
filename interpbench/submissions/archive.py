"""A bundle as a file: a zip that is the same for the same content, and is read as if it came from an enemy.

Nothing is ever extracted to disk. What a zip can do beyond holding named bytes is refused: links, folders, paths that
lead elsewhere, names twice, other compressions, encryption, comments and extra fields, and sizes beyond limits, which
are counted while reading and not taken from the header. Every byte of it must belong to a file or be as it must be
around files (`container`).
"""

import io
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from interpbench.submissions.container import EARLIEST, MODE, Entry, inflated, places, strange_byte
from interpbench.submissions.problems import Refused, SubmissionError
from interpbench.tracks.instance import Problem

__all__ = ["Refused", "SubmissionError", "packed", "read_archive", "unpacked"]

SUFFIX = ".ibz"
MOST_FILES = 5_000
"""Three times the files of all built-in methods on suite `standard`; a method on five tracks has some 50 a row."""
MOST_BYTES = 64 * 1024**2
"""Of all files of a submission together, unpacked; of the zip as well. The largest row that was seen has 1.5 MB on a
track of suite `quick`, one on all five some 6 MB."""
HOSTED = 512 * 1024**2
"""The same of a bundle that the host of a round made, with the answers of all built-in methods."""
PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*")
"""What a name in a bundle looks like: no empty, hidden or upward part, no drive, no backslash."""


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


def read_archive(path: Path, most: int = MOST_BYTES) -> dict[str, bytes]:
    """Path inside of the bundle -> content.

    Args:
        path: of its file.
        most: bytes that it may have, packed and unpacked.

    Raises:
        SubmissionError: the file cannot be read.
        Refused: it is no zip, or holds what a bundle never does.
    """
    try:
        if path.stat().st_size > most:
            raise Refused([Problem(where=str(path), what=f"larger than {most // 1024**2} MiB")])
        content = path.read_bytes()
    except OSError as error:
        raise SubmissionError(f"{path}: {error.strerror}; wanted a bundle that `interpbench submit` wrote") from error
    return unpacked(content, str(path), most)


def unpacked(content: bytes, name: str, most: int = MOST_BYTES) -> dict[str, bytes]:
    """The same from the bytes of a bundle.

    Args:
        content: of the file.
        name: of the file, for messages.
        most: bytes that it may have, unpacked.

    Raises:
        Refused: it is no zip, or holds what a bundle never does.
    """
    if content.count(b"PK\x01\x02") > 2 * MOST_FILES:  # as many entries; the zip's reader would make an object of each
        raise Refused([Problem(where=name, what=f"more than {MOST_FILES} files; wanted at most {MOST_FILES}")])
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refused([Problem(where=name, what=f"no bundle: {error}")]) from error
    with archive:
        problems = list(_faults(archive, name, most))
        entries = [
            Entry(name=entry.filename, crc=entry.CRC, packed=entry.compress_size, size=entry.file_size)
            for entry in archive.infolist()
        ]
    if problems:
        raise Refused(problems)
    strange = strange_byte(content, entries)
    if strange is not None:
        what = (
            f"byte {strange} of {len(content)} belongs to no file, or to a header unlike those that `interpbench "
            "submit` writes; nothing may stand between, around or behind the files: pack it again"
        )
        raise Refused([Problem(where=name, what=what)])
    return _read(content, entries, name)


def _faults(archive: zipfile.ZipFile, name: str, most: int) -> Iterator[Problem]:
    """What the directory of a zip says that no bundle's says."""
    entries = archive.infolist()
    if archive.comment:
        yield Problem(where=name, what="the zip has a comment; wanted none")
    if entries and min(entry.header_offset for entry in entries) != 0:
        yield Problem(where=name, what="bytes stand before the first file; wanted a plain zip")
    if len(entries) > MOST_FILES:
        yield Problem(where=name, what=f"{len(entries)} files; wanted at most {MOST_FILES}")
    if (size := sum(entry.file_size for entry in entries)) > most:
        yield Problem(where=name, what=f"unpacks to {size:,} bytes; wanted at most {most:,}")
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
    if [entry.filename for entry in entries] != sorted(entry.filename for entry in entries):
        yield Problem(where=name, what="its files are not in the order of their names")


def _read(content: bytes, entries: list[Entry], name: str) -> dict[str, bytes]:
    """All files, no further than their declared sizes."""
    out = {}
    for entry, at in zip(entries, places(entries), strict=True):
        try:
            out[entry.name] = inflated(content[at : at + entry.packed], entry)
        except ValueError as error:
            raise Refused([Problem(where=f"{name}: {entry.name!r}", what=str(error))]) from error
    return out
