"""A board's JSON as it lies on disk, read as if a stranger had written it: what its parts say of each other agrees."""

from collections import Counter
from collections.abc import Iterator

from pydantic import ValidationError

from interpbench.bundle.strict import InvalidDocument, explain, parse_json
from interpbench.score.board import Board, TrackBoard

AGAIN = "write the board again with `interpbench report --format json`"


def parse_board(content: bytes, what: str) -> Board:
    """A board whose names all lead somewhere: whoever looks a row or a metric up finds it.

    Args:
        content: of the file.
        what: its name, for the message.

    Raises:
        InvalidDocument: it is no board, or names a row or a metric that it has not; with the first fault.
    """
    value = parse_json(content, what)
    try:
        board = Board.model_validate(value)
    except ValidationError as error:
        raise InvalidDocument(f"{what}: no board of this version: {explain(error)}") from error
    except KeyError as error:  # the model itself looks its headline up among the metrics
        raise InvalidDocument(f"{what}: the headline {error} is no metric of its track; {AGAIN}") from error
    for track in board.tracks:
        fault = next(_faults(track), None)
        if fault is not None:
            raise InvalidDocument(f"{what}: track {track.track!r}: {fault}; {AGAIN}")
    return board


def _faults(track: TrackBoard) -> Iterator[str]:
    names = Counter(row.name for row in track.rows)
    yield from (f"row {name!r} stands {count} times" for name, count in names.items() if count > 1)
    for use, name in _metrics_named(track):
        if name not in track.metrics:
            yield f"{use} {name!r} is none of its metrics"
    for row in track.rows:
        if row.metrics.keys() != track.metrics.keys():
            odd = min(row.metrics.keys() ^ track.metrics.keys())
            yield f"row {row.name!r} and the track's metrics differ in {odd!r}"
    yield from (f"{use} {name!r} is none of its rows" for use, name in _rows_named(track) if name not in names)


def _metrics_named(track: TrackBoard) -> Iterator[tuple[str, str]]:
    """What a board says of metrics: in which use, and the name."""
    yield "headline", track.headline
    yield from (("part", name) for name in track.parts)
    yield from (("metric beside", name) for name in track.beside)
    yield from (("metric of the figure", name) for name in track.scatter or ())
    for tier in track.access:
        yield from (("metric of an access tier", name) for name in (*tier.methods, *tier.gains, *tier.highest))


def _rows_named(track: TrackBoard) -> Iterator[tuple[str, str]]:
    """What a board says of rows: in which use, and the name."""
    if track.rival is not None:
        yield "rival", track.rival
    if track.inside is not None:
        yield "method that looks inside", track.inside
    for row in track.rows:
        if row.difference is not None:
            yield f"method of the difference of {row.name!r}", row.difference.method
            yield f"rival of {row.name!r}", row.difference.rival
    for tier in track.access:
        yield from (("method of an access tier", name) for name in tier.methods.values())
        yield from (("highest of an access tier", found.method) for found in tier.highest.values())
    for found in track.leads.values():
        yield from (("leader", name) for name in (found.best, found.second))
    for group in track.groups:
        yield from ((f"row of {group.by} {group.name!r}", name) for name in group.scores)
