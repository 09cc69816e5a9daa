"""What a leaderboard folder publishes of the built-in rows: boards as JSON, and beside them judged cells as Parquet.

A board holds aggregates alone, and two aggregates cannot be paired. Judged cells can: a line a row and question, with
the values that judging gave. `interpbench report --cells` writes them.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from interpbench.bundle.strict import InvalidDocument, parse_json
from interpbench.plugins.manifest import nearest
from interpbench.run.cells import cells_frame
from interpbench.run.judged import JudgedTrack
from interpbench.score.board import Board, TrackBoard
from interpbench.submissions.archive import SubmissionError
from interpbench.submissions.board_file import parse_board
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.registry import TRACKS

TABLES = "tables"
CELLS = ".cells.parquet"
KEY = b"interpbench"
KEPT = ("row", "instance", "answered")
VALUE = "value."
"""What the columns of judged values begin with."""
Cells: TypeAlias = dict[str, dict[str, tuple[dict[str, float], bool]]]
"""Row -> instance -> its judged cell's values, and whether it was answered."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PublishedTrack:
    """One track of a leaderboard.

    Attributes:
        path: of the board's JSON.
        board: the whole document.
        track: its track.
        cells: its rows' judged cells; None where none are published.
    """

    path: Path
    board: Board
    track: TrackBoard
    cells: Cells | None

    @property
    def suite(self) -> str:
        """Name and version."""
        return f"{self.board.suite} {self.board.suite_version}"

    def scored(self, row: str, refs: Sequence[Ref]) -> list[ScoredCell] | None:
        """A row's judged cells in the order of a suite's instances; None if one of them is not published."""
        found = (self.cells or {}).get(row, {})
        if any(ref.id not in found for ref in refs):
            return None
        return [
            ScoredCell(ref=ref, values=found[ref.id][0], answered=found[ref.id][1], family=ref.task) for ref in refs
        ]


def cells_file(board: Path) -> Path:
    """Where the cells lie of the board with this JSON file."""
    return board.with_name(f"{board.stem}{CELLS}")


def write_cells(tracks: Sequence[JudgedTrack], suite: str, version: str, path: Path) -> bytes:
    """The content of a file of cells: of one track, whose board's rows they are.

    Args:
        tracks: one track, judged.
        suite: its name.
        version: of the suite.
        path: where it will be written, for messages.

    Raises:
        SubmissionError: more than one track; each has values of its own.
    """
    if len(tracks) != 1:
        names = ", ".join(of.track for of in tracks)
        raise SubmissionError(f"{path}: cells are written a track a file, and there are {names}; name one with -t")
    frame = cells_frame(tracks[0])
    values = [column for column in frame.columns if column.startswith(VALUE)]
    table = pa.Table.from_pandas(frame[[*KEPT, *values]], preserve_index=False)
    about = {"schema": 1, "suite": suite, "version": version, "track": tracks[0].track}
    table = table.replace_schema_metadata({KEY: json.dumps(about, sort_keys=True).encode()})
    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd", compression_level=19)
    content: bytes = out.getvalue().to_pybytes()
    return content


def read_published(folder: Path) -> list[PublishedTrack]:
    """All boards of a leaderboard folder, track by track.

    Args:
        folder: that holds `tables/`.

    Raises:
        SubmissionError: a board or its cells cannot be read.
    """
    if not folder.is_dir():
        raise SubmissionError(f"{folder}: no such folder; wanted the leaderboard's, which holds `{TABLES}/`")
    return [track for path in sorted((folder / TABLES).glob("*.json")) for track in _tracks(path)]


def counterpart(published: Sequence[PublishedTrack], track: str, suite: str) -> PublishedTrack | None:
    """The published board of a track that a run is held against.

    Args:
        published: of a leaderboard, which may show several suites.
        track: its name.
        suite: name and version of the run's.

    Returns:
        That of the same suite and version; else one of the suite, else any, which cannot be paired; None without one.
    """
    of_track = [one for one in published if one.track.track == track]
    exact = [one for one in of_track if one.suite == suite]
    alike = [one for one in of_track if one.board.suite == suite.rpartition(" ")[0]]
    return next(iter([*exact, *alike, *of_track]), None)


def _tracks(path: Path) -> Iterator[PublishedTrack]:
    try:
        board = parse_board(path.read_bytes(), str(path))
    except InvalidDocument as error:
        raise SubmissionError(str(error)) from error
    except OSError as error:
        raise SubmissionError(f"{path}: {error.strerror}") from error
    for track in board.tracks:
        if track.track not in TRACKS:
            raise SubmissionError(f"{path}: there is no track {track.track!r}{nearest(track.track, TRACKS)}")
        yield PublishedTrack(path=path, board=board, track=track, cells=_cells(cells_file(path), board, track))


def _cells(path: Path, board: Board, track: TrackBoard) -> Cells | None:
    if not path.exists():
        return None
    again = "write them again with `interpbench report --cells`"
    try:
        table = pq.read_table(path)
        about = parse_json((table.schema.metadata or {}).get(KEY, b"{}"), "what they are of")
        fault = "what they are of is no object" if not isinstance(about, dict) else _fault(table)
        if fault:
            raise SubmissionError(f"{path}: no cells of a board: {fault}; {again}")
        values = [column for column in table.column_names if column.startswith(VALUE)]
        frame: pd.DataFrame = table.select([*KEPT, *values]).to_pandas()
    except (OSError, InvalidDocument, pa.ArrowException) as error:
        raise SubmissionError(f"{path}: no cells of a board: {error}; {again}") from error
    said = (about.get("suite"), about.get("version"), about.get("track"))
    wanted = (board.suite, board.suite_version, track.track)
    if said != wanted:
        raise SubmissionError(f"{path}: cells of {said}, and the board beside it is of {wanted}; write both again")
    out: Cells = {}
    for line in frame.to_dict("records"):
        of_row = out.setdefault(line["row"], {})
        if line["instance"] in of_row:
            raise SubmissionError(f"{path}: row {line['row']!r} has instance {line['instance']!r} twice; {again}")
        found = {column.removeprefix(VALUE): float(line[column]) for column in values}
        of_row[line["instance"]] = (found, bool(line["answered"]))
    return out


def _fault(table: pa.Table) -> str:
    """What keeps a table from being judged cells, in words; empty if nothing does."""
    names = table.column_names
    for name, count in Counter(names).items():
        if count > 1:
            return f"column {name!r} stands {count} times"
    for name in KEPT:
        if name not in names:
            return f"there is no column {name!r}; wanted {', '.join(KEPT)} and values"
        kind = table.schema.field(name).type
        fits = pa.types.is_boolean(kind) if name == "answered" else _is_text(kind)
        if not fits or table.column(name).null_count:
            return f"column {name!r} is of {kind}; wanted {'bool' if name == 'answered' else 'text'}, and no gap"
    values = [name for name in names if name.startswith(VALUE)]
    for name in values:
        kind = table.schema.field(name).type
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
            return f"column {name!r} is of {kind}; wanted numbers"
        if not pa.types.is_floating(kind) and table.column(name).null_count:
            return f"column {name!r} has gaps; wanted NaN of a floating type there"
    return "" if values else f"there is no column of values ({VALUE}NAME)"


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
