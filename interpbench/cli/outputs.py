"""The commands that write what a run found: tables in every format, figures, a folder for a paper, datasets."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from interpbench.cli.errors import Exit, Stop
from interpbench.cli.progress import Judging
from interpbench.cli.running import plan_of, print_board, runner_of
from interpbench.report.counted import counted
from interpbench.report.disk import write_file, write_files
from interpbench.run.board import board_of
from interpbench.run.execute import Runner
from interpbench.run.judged import JudgedTrack, judged
from interpbench.score.board import Board

NAMED = 4
"""Rows that are named where many have not run."""


def report_suite(
    suite: str,
    only_tasks: list[str],
    only_methods: list[str],
    store: Path,
    isolation: str,
    kind: str,
    output: Path | None,
    *,
    short: bool,
    figures: Path | None = None,
    paper: Path | None = None,
    cells: Path | None = None,
) -> None:
    """`interpbench report`."""
    if kind == "parquet" and output is None:
        raise Stop(Exit.USAGE, "--format parquet writes a folder of files: name it with --output FOLDER")
    if kind == "terminal" and output is not None:
        raise Stop(Exit.USAGE, "--format terminal prints; for a file choose markdown, csv, latex, json or parquet")
    board, tracks, _ = _reported(suite, only_tasks, only_methods, store, isolation)
    if figures is not None:
        from interpbench.report.figures.every import figure_files

        _said(put(figures, figure_files(board).items()), figures)
    if paper is not None:
        from interpbench.report.paper.folder import paper_files

        _said(put(paper, paper_files(board).items()), paper)
    if cells is not None:
        from interpbench.submissions.published import write_cells

        content = write_cells(tracks, board.suite, board.suite_version, cells)
        _said(put(cells.parent, [(cells.name, content)]), cells)
    if kind == "parquet" and output is not None:
        from interpbench.report.parquet import parquet_files

        _said(put(output, parquet_files(board, tracks).items()), output)
        return
    if kind == "terminal":
        if figures is None and paper is None and cells is None:
            print_board(board, whole=True)
        return
    text = _FORMATS[kind](board, short)
    if output is None:
        print(text, end="")
        return
    try:
        write_file(output, text.encode())
    except OSError as error:
        raise unwritable(output, error) from error


def export_suite(
    suite: str, only_tasks: list[str], only_methods: list[str], store: Path, isolation: str, folder: Path
) -> None:
    """`interpbench export`."""
    from interpbench.report.export.folder import LeakError, dataset_files

    board, tracks, runner = _reported(suite, only_tasks, only_methods, store, isolation)
    try:
        _said(put(folder, dataset_files(runner, tracks, board)), folder)
    except LeakError as error:
        raise Stop(Exit.PROBLEMS, f"{error}; nothing was written to {folder}") from error


def _reported(
    suite: str, only_tasks: list[str], only_methods: list[str], store: Path, isolation: str
) -> tuple[Board, list[JudgedTrack], Runner]:
    """Board and judged cells of what is stored, and what judged them.

    Raises:
        Stop: nothing is.
    """
    plan = plan_of(suite, only_tasks, only_methods)
    if not (store / "answers").is_dir():  # else keys would be derived first, only to find no answer
        raise nothing_stored(suite, store)
    runner = runner_of(plan, store, isolation)
    with Judging() as meter:
        tracks = judged(runner, meter)
    if not tracks:
        raise nothing_stored(suite, store)
    return _board(runner, tracks, suite), tracks, runner


def _board(runner: Runner, tracks: list[JudgedTrack], suite: str) -> Board:
    board = board_of(runner, tracks)
    say_what_is_missing(tracks, board, f"interpbench run --suite {suite}")
    return board


def say_what_is_missing(tracks: Sequence[JudgedTrack], board: Board, command: str) -> None:
    """Rows that are not on a board since nothing of them has run, and cells that count as chance; on stderr."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    out = list(dict.fromkeys(row.name for of in tracks for row in of.left_out))
    if out:
        more = f" and {len(out) - NAMED} more" if len(out) > NAMED else ""
        console.print(f"not on the board, since nothing of them has run: {', '.join(out[:NAMED])}{more}; `{command}`")
    for track in board.tracks:
        for row in track.rows:
            if count := row.statuses.get("missing", 0):
                told = f"{counted(count, 'cell has', 'cells have')} not run and count as chance"
                console.print(f"{row.name} on {track.track}: {told}; `{command}`")


def nothing_stored(suite: str, store: Path) -> Stop:
    """That there is nothing to report."""
    return Stop(Exit.USAGE, f"nothing of suite {suite} is stored in {store}: `interpbench run --suite {suite}` first")


def put(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Writes files, all or none.

    Raises:
        Stop: they cannot be written.
    """
    try:
        return write_files(folder, files)
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(path: Path, error: OSError) -> Stop:
    """That a file or folder cannot be written."""
    return Stop(Exit.STORE, f"{path}: {error.strerror or error}; choose another place, or free some space")


def _said(files: list[Path], folder: Path) -> None:
    Console(stderr=True).print(f"{folder}: {counted(len(files), 'file')}", highlight=False, soft_wrap=True)


def _markdown(board: Board, short: bool) -> str:
    from interpbench.report.further import further_tables
    from interpbench.report.headline import profile_table
    from interpbench.report.table import board_table, brief
    from interpbench.report.text import caption, markdown

    tables = [board_table(track, _suite(board)) for track in board.tracks]
    tables = [brief(table) for table in tables] if short else tables
    tables += [table for track in board.tracks for table in further_tables(track).values()]
    if len(board.tracks) > 1:
        tables += [profile_table(board.tracks, families=True), profile_table(board.tracks)]
    return "\n".join(markdown(table) for table in tables) + f"\n{caption(board)}\n"


def _latex(board: Board, short: bool) -> str:
    from interpbench.report.further import further_tables
    from interpbench.report.headline import profile_table
    from interpbench.report.latex import latex
    from interpbench.report.table import board_table, paper_table
    from interpbench.report.text import caption

    tables = [(paper_table if short else board_table)(track, _suite(board)) for track in board.tracks]
    tables += [table for track in board.tracks for table in further_tables(track).values()]
    if len(board.tracks) > 1:
        tables += [profile_table(board.tracks)]
    return "\n".join(latex(table, caption(board)) for table in tables)


def _csv(board: Board, _: bool) -> str:
    from interpbench.report.text import comma_separated

    return comma_separated(board)


def _json(board: Board, _: bool) -> str:
    return board.model_dump_json(indent=1) + "\n"


def _suite(board: Board) -> str:
    return f"{board.suite} {board.suite_version}"


_FORMATS: Mapping[str, Callable[[Board, bool], str]] = {
    "markdown": _markdown,
    "csv": _csv,
    "latex": _latex,
    "json": _json,
}
