"""The bytes of a zip around its files, as they must be: a place that belongs to no file could hide something.

A zip's readers look at its directory and at what that names. Bytes between the files, after them, in the two copies of
each header, or after the end of a compressed file are seen by nobody. So all that stands around the compressed files
is made again here and compared. The files are not compressed again: another zlib gives other bytes.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

MODE = 0o100644
"""Of every entry: a plain file."""
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time that every entry carries: that of packing says nothing and would change the bytes."""
DEFLATE = 8
_UNIX = 3
_VERSION = 20
"""Of the format: deflate needs 2.0."""
_NO_TIME, _FIRST_DAY = 0, (1 << 5) | 1
"""1980-01-01 00:00 in a zip."""
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file of a zip, as its directory has it."""

    name: str
    crc: int
    packed: int
    """Bytes when compressed."""
    size: int


def places(entries: Sequence[Entry]) -> list[int]:
    """Where the compressed bytes of each file begin, if nothing else is there."""
    found, at = [], 0
    for entry in entries:
        at += _LOCAL.size + len(entry.name)
        found.append(at)
        at += entry.packed
    return found


def strange_byte(content: bytes, entries: Sequence[Entry]) -> int | None:
    """The first byte that is not as it must be around some compressed files; None if all are.

    Args:
        content: of the zip.
        entries: in the order of its directory; names are ASCII.
    """
    at, directory = 0, []
    for entry in entries:
        name = entry.name.encode("ascii")
        common = (_VERSION, 0, DEFLATE, _NO_TIME, _FIRST_DAY, entry.crc, entry.packed, entry.size, len(name), 0)
        fault = _differs(content, at, _LOCAL.pack(b"PK\x03\x04", *common) + name)
        if fault is not None:
            return fault
        central = (_UNIX << 8 | _VERSION, *common, 0, 0, 0, MODE << 16, at)
        directory.append(_CENTRAL.pack(b"PK\x01\x02", *central) + name)
        at += _LOCAL.size + len(name) + entry.packed
    listed = b"".join(directory)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(entries), len(entries), len(listed), at, 0)
    fault = _differs(content, at, listed + end)
    if fault is None and len(content) > at + len(listed) + len(end):
        return at + len(listed) + len(end)
    return fault


def _differs(content: bytes, at: int, wanted: bytes) -> int | None:
    got = content[at : at + len(wanted)]
    if got == wanted:
        return None
    return at + next((place for place, (a, b) in enumerate(zip(got, wanted, strict=False)) if a != b), len(got))


def inflated(compressed: bytes, entry: Entry) -> bytes:
    """A file, no further than its declared size.

    Raises:
        ValueError: it is damaged, of another size, or something stands after its end; the message says which.
    """
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = stream.decompress(compressed, entry.size + 1)
    except zlib.error as error:
        raise ValueError(f"damaged: {error}") from error
    if len(content) > entry.size:
        raise ValueError(f"holds {len(content)} bytes or more where {entry.size} are declared")
    if not stream.eof:
        raise ValueError(f"damaged: it breaks off after {len(content)} of {entry.size} bytes")
    if stream.unused_data:
        raise ValueError(f"{len(stream.unused_data)} bytes stand after its end, which no reader sees; wanted none")
    if len(content) != entry.size:
        raise ValueError(f"holds {len(content)} bytes where {entry.size} are declared")
    if zlib.crc32(content) != entry.crc:
        raise ValueError("damaged: its checksum is another")
    return content
