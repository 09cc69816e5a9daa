"""What a leaderboard folder publishes of the built-in rows: boards as JSON, and beside them judged cells as Parquet.

A board holds aggregates alone, and two aggregates cannot be paired. Judged cells can: a line a row and question, with
the values that judging gave. `interpbench report --cells` writes them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from interpbench.bundle.strict import explain
from interpbench.run.cells import cells_frame
from interpbench.run.judged import JudgedTrack
from interpbench.score.board import Board, TrackBoard
from interpbench.submissions.archive import SubmissionError
from interpbench.tracks.instance import Ref, ScoredCell

TABLES = "tables"
CELLS = ".cells.parquet"
KEY = b"interpbench"
KEPT = ("row", "instance", "answered")


@dataclass(frozen=True, kw_only=True, eq=False)
class PublishedTrack:
    """One track of a leaderboard.

    Attributes:
        path: of the board's JSON.
        board: the whole document.
        track: its track.
        cells: row -> instance -> its judged cell's values, and whether it was answered; None where none are published.
    """

    path: Path
    board: Board
    track: TrackBoard
    cells: Mapping[str, Mapping[str, tuple[dict[str, float], bool]]] | None

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
    values = [column for column in frame.columns if column.startswith("value.")]
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


def _tracks(path: Path) -> Iterator[PublishedTrack]:
    try:
        board = Board.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise SubmissionError(f"{path}: no board: {explain(error)}") from error
    except OSError as error:
        raise SubmissionError(f"{path}: {error.strerror}") from error
    for track in board.tracks:
        yield PublishedTrack(path=path, board=board, track=track, cells=_cells(cells_file(path), board, track))


def _cells(path: Path, board: Board, track: TrackBoard) -> dict[str, dict[str, tuple[dict[str, float], bool]]] | None:
    if not path.exists():
        return None
    try:
        table = pq.read_table(path)
        about: dict[str, Any] = json.loads((table.schema.metadata or {}).get(KEY, b"{}"))
        frame: pd.DataFrame = table.to_pandas()
        lines = frame.to_dict("records")
    except (OSError, ValueError, pa.ArrowException) as error:
        raise SubmissionError(f"{path}: no cells of a board: {error}") from error
    said = (about.get("suite"), about.get("version"), about.get("track"))
    wanted = (board.suite, board.suite_version, track.track)
    if said != wanted:
        raise SubmissionError(f"{path}: cells of {said}, and the board beside it is of {wanted}; write both again")
    out: dict[str, dict[str, tuple[dict[str, float], bool]]] = {}
    named = {column: column.removeprefix("value.") for column in table.column_names if column.startswith("value.")}
    for line in lines:
        values = {name: float(line[column]) for column, name in named.items()}
        out.setdefault(line["row"], {})[line["instance"]] = (values, bool(line["answered"]))
    return out
