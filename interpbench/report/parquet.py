"""Boards and judged cells as Parquet files."""

import io

import pandas as pd

from interpbench.report.frame import board_frame
from interpbench.run.cells import cells_frame
from interpbench.run.judged import JudgedTrack
from interpbench.score.board import Board

BOARD = "board.parquet"


def parquet_files(board: Board, tracks: list[JudgedTrack]) -> dict[str, bytes]:
    """File name -> content: `board.parquet`, and for each track `cells-TRACK.parquet` with a line a judged answer."""
    cells = {f"cells-{of.track}.parquet": parquet(cells_frame(of)) for of in tracks}
    return {BOARD: parquet(board_frame(board)), **cells}


def parquet(frame: pd.DataFrame) -> bytes:
    """A table as the bytes of a Parquet file; equal tables are equal bytes with the same pyarrow."""
    out = io.BytesIO()
    frame.to_parquet(out, index=False, engine="pyarrow", compression="zstd")
    return out.getvalue()
