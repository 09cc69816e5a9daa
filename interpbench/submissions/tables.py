"""What lies in `tables/`: one board a suite and track, under its name, and beside it what is made of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from interpbench.submissions.published import CELLS, TABLES, PublishedTrack
from interpbench.tracks.instance import Problem

BESIDE = (".json", ".md", ".csv", ".tex", ".svg", CELLS)
"""Files of a board SUITE-TRACK."""
PROFILE = "-profile.md"
"""And one of a suite."""


def misplaced(folder: Path, published: Sequence[PublishedTrack]) -> Iterator[Problem]:
    """Boards that stand twice or under a name that is not theirs, files of no board, and rows that say who ranks them.

    Args:
        folder: the leaderboard's.
        published: all that was read from it.
    """
    for (suite, track), count in Counter((one.board.suite, one.track.track) for one in published).items():
        if count > 1:
            what = f"track {track} of suite {suite} has {count} boards; wanted one"
            yield Problem(where=TABLES, what=what)
    for one in published:
        wanted = f"{one.board.suite}-{one.track.track}.json"
        if one.path.name != wanted:
            what = f"holds track {one.track.track} of suite {one.board.suite}; wanted it in {wanted}, alone"
            yield Problem(where=f"{TABLES}/{one.path.name}", what=what)
        for row in one.track.rows:
            if row.label:
                what = f"is labelled {row.label!r}; rows of a built-in board carry no label"
                yield Problem(where=f"{TABLES}/{one.path.name}: {row.name}", what=what)
    known = {f"{one.board.suite}-{one.track.track}{end}" for one in published for end in BESIDE}
    known |= {f"{one.board.suite}{PROFILE}" for one in published}
    for path in sorted((folder / TABLES).iterdir()) if (folder / TABLES).is_dir() else ():
        if path.name not in known | {one.path.name for one in published}:  # a board's own name was looked at above
            what = f"belongs to no board here; wanted SUITE-TRACK and one of {', '.join(BESIDE)}, or SUITE{PROFILE}"
            yield Problem(where=f"{TABLES}/{path.name}", what=what)
        elif not path.is_file():
            yield Problem(where=f"{TABLES}/{path.name}", what="no file; wanted a plain one")
