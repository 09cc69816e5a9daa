"""How much a bundle may hold. What is handed in costs its readers time: a few KB can unpack to what takes hours.

Honest bundles were measured, and each limit leaves them at least five times as much.
"""

from collections.abc import Iterator, Mapping

from interpbench.submissions.layout import ANSWERS, SOURCE, STUDIES
from interpbench.submissions.manifest import MANIFEST, Manifest
from interpbench.tracks.instance import Problem

MANIFEST_BYTES = 1024**2
"""7 KB with one method; some 300 KB with all 48 built-in ones, which only the host of a round packs."""
MOST_LINES = 1024
"""Of a file of answers. A task asks at most 130 units (suite `standard`)."""
MOST_STUDIES = 8192
"""Of a file of studies: one for each set of rows, and no more than a suite has units (1,384 on `standard`)."""
LINE_BYTES = 1024**2
"""An answer with all that belongs to it. The longest seen are 94 KB (codes of 1,000 inputs), 105 KB are scores of all
edges of the largest graph; a theory of the longest text that is allowed has 700 KB if every sign must be escaped."""
LINE_OBJECTS = 5_000
"""`{` in such a line: some 15, and those of a theory or a reason. Readers make an object of each."""
LINE_LISTS = 40_000
"""`[` in such a line: two for each asked input of which codes are given, and there are at most 16,384."""
MANIFEST_OBJECTS = 20_000
"""Signs `{` or `[` of the manifest: some 30 a method."""
SOURCE_BYTES = 1024**2
"""A file of code."""
ALL_SOURCE_BYTES = 4 * 1024**2
"""All code; the largest built-in method has less than 100 KB."""
CARD_BYTES = 32 * 1024
"""`method.yaml`: the longest of the built-in ones has 4 KB. YAML is slow to read, some 50 KB a second."""
ALL_CARD_BYTES = 512 * 1024
"""All cards; those of all built-in methods have 65 KB."""
MOST_METHODS = 250
"""48 are built in."""
MOST_ROWS = 500
"""99 are built in."""
MOST_TASKS = 250
"""Of a suite; `standard` has 38."""
LONGEST_CELL = 14_400.0
"""Seconds that a method may ask for a cell; of the built-in ones none asks for more than 600."""


def oversized(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Files that are too large to be read at all.

    Args:
        files: path inside of the bundle -> content.
    """
    code = cards = 0
    for name, content in files.items():
        room = name.partition("/")[0]
        if room in {ANSWERS, STUDIES}:
            yield from _lines(name, content, MOST_LINES if room == ANSWERS else MOST_STUDIES)
            continue
        most = MANIFEST_BYTES if name == MANIFEST else SOURCE_BYTES
        code += len(content) if name != MANIFEST else 0
        cards += len(content) if name.endswith(".yaml") else 0
        if len(content) > most:
            yield Problem(where=name, what=f"{len(content):,} bytes; wanted at most {most:,}")
    objects = files.get(MANIFEST, b"").count(b"{") + files.get(MANIFEST, b"").count(b"[")
    if objects > MANIFEST_OBJECTS:
        yield Problem(where=MANIFEST, what=f"{objects:,} signs `{{` and `[`; wanted at most {MANIFEST_OBJECTS:,}")
    if code > ALL_SOURCE_BYTES:
        yield Problem(where=SOURCE, what=f"{code:,} bytes of code; wanted at most {ALL_SOURCE_BYTES:,}")
    if cards > ALL_CARD_BYTES:
        yield Problem(where=SOURCE, what=f"{cards:,} bytes of YAML; wanted at most {ALL_CARD_BYTES:,}")


def _lines(name: str, content: bytes, most: int) -> Iterator[Problem]:
    count = content.count(b"\n") + content.count(b"\r")
    if count > most:
        yield Problem(where=name, what=f"{count:,} lines; wanted at most {most:,}, since no suite asks so much")
        return
    lines = content.splitlines()
    for what, sizes, size in (
        ("bytes", map(len, lines), LINE_BYTES),
        ("signs `{`", (line.count(b"{") for line in lines), LINE_OBJECTS),
        ("signs `[`", (line.count(b"[") for line in lines), LINE_LISTS),
    ):
        largest = max(sizes, default=0)
        if largest > size:
            yield Problem(where=name, what=f"a line of {largest:,} {what}; wanted at most {size:,} an answer")


def overlong(manifest: Manifest) -> Iterator[Problem]:
    """What a manifest has too many of, so that holding files against it would take too long.

    Args:
        manifest: as read.
    """
    rows = sum(len(method.card.variants) for method in manifest.methods)
    for what, count, most in (
        ("methods", len(manifest.methods), MOST_METHODS),
        ("variants", rows, MOST_ROWS),
        ("tasks", len(manifest.suite.tasks), MOST_TASKS),
    ):
        if count > most:
            yield Problem(where=MANIFEST, what=f"{count:,} {what}; wanted at most {most}")
    for method in manifest.methods:
        seconds = method.card.wall_seconds
        if seconds is not None and seconds > LONGEST_CELL:
            what = f"asks for {seconds:g} s a cell (`wall_seconds`); wanted at most {LONGEST_CELL:g}"
            yield Problem(where=f"{MANIFEST}: {method.name}", what=what)
