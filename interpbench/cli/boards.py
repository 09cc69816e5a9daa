"""The command that builds the static site of the leaderboard."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from interpbench.bundle.strict import InvalidDocument
from interpbench.cli.errors import Exit, Stop
from interpbench.cli.progress import Judging
from interpbench.score.board import Board
from interpbench.submissions.layout import printable

if TYPE_CHECKING:
    from interpbench.report.site.sources import Shown

TABLES = Path("leaderboard") / "tables"


def build_site(
    sources: Sequence[Path],
    store: Path | None,
    suite: str,
    only_tasks: list[str],
    only_methods: list[str],
    isolation: str,
    output: Path,
) -> None:
    """`interpbench board build`."""
    from interpbench.plugins.discovery import methods, tasks
    from interpbench.report.site.files import Site, files
    from interpbench.report.site.write import NotASite, refuse_others, write

    try:
        refuse_others(output)
    except NotASite as error:
        raise Stop(Exit.USAGE, str(error)) from error
    stores = [path for path in sources if _is_store(path)] + ([store] if store is not None else [])
    given = [path for path in sources if not _is_store(path)]
    given = [path / TABLES.name if (path / TABLES.name).is_dir() else path for path in given]
    if not sources and (TABLES.is_dir() or store is None):
        given = [TABLES]
    boards = list(_boards(given))
    if stores and not given:
        told = f"no {TABLES} here: no published rows beside yours; `--from FOLDER` names a leaderboard"
        Console(stderr=True).print(told, highlight=False, soft_wrap=True)
    answered = [one for path in stores for one in _answered(path, suite, only_tasks, only_methods, isolation)]
    shown = _merged(answered, boards)
    if not shown:
        raise Stop(Exit.USAGE, f"no board to show in {', '.join(str(path) for path in [*given, *stores])}")
    figures = _figures(given, shown)
    site = Site(shown=shown, methods=methods(), tasks=tasks(), figures=figures)
    try:
        count = write(output, files(site))
    except OSError as error:
        raise Stop(Exit.STORE, f"{output}: {error.strerror}; nothing was changed there") from error
    told = f"{count} files; open {output / 'index.html'} in a browser"
    Console(stderr=True).print(told, highlight=False, soft_wrap=True)


def _figures(folders: Sequence[Path], shown: "Sequence[Shown]") -> dict[str, bytes]:
    """Figures that lie beside boards, or in a folder `figures` beside theirs: name -> SVG.

    Raises:
        Stop: a figure is a link, cannot be read, or could do more than be looked at.
    """
    from interpbench.report.site.figures import Unsafe, figure_names, refuse_unsafe

    named = {name for one in shown for name in figure_names(one.board.suite, one.track)}
    places = [place for folder in folders if folder.is_dir() for place in (folder, folder.parent / "figures")]
    out = {}
    for path in (path for place in places for path in sorted(place.glob("*.svg"))):
        if path.name not in named:
            told = f"{printable(str(path))}: no board here names this figure; it is not copied"
            Console(stderr=True).print(told, highlight=False, soft_wrap=True, markup=False)
            continue
        try:
            if path.is_symlink():
                raise Unsafe("it is a link; wanted the file itself")
            out[path.name] = path.read_bytes()
            refuse_unsafe(out[path.name])
        except OSError as error:
            raise Stop(Exit.USAGE, f"{path}: {error.strerror}") from error
        except Unsafe as error:
            raise Stop(Exit.USAGE, f"{path}: no figure for a site: {printable(str(error))}; draw it again") from error
    return out


def _is_store(path: Path) -> bool:
    return (path / "answers").is_dir()


def _boards(paths: Sequence[Path]) -> Iterator[Board]:
    """Boards of JSON files and of folders of them; those of a leaderboard with the rows that were submitted to it.

    Raises:
        Stop: a file that is no board, with its first fault.
        SubmissionError: a summary that is none, or does not fit its board.
    """
    from interpbench.submissions.beside import summaries, with_submissions

    for path in paths:
        found = sorted(path.glob("*.json")) if path.is_dir() else [path]
        submitted = summaries(path.parent) if path.name == TABLES.name else []
        if not found:
            raise Stop(
                Exit.USAGE,
                f"{path} holds no board (*.json) and no store (folder answers/): `interpbench report --format json "
                "--output FILE` writes a board",
            )
        for file in found:
            yield with_submissions(_board(file), submitted)


def _board(file: Path) -> Board:
    from interpbench.submissions.board_file import parse_board

    try:
        return parse_board(file.read_bytes(), str(file))
    except FileNotFoundError as error:
        raise Stop(
            Exit.USAGE,
            f"{file}: no such file or folder; wanted a board's JSON, a folder of them, or a store (--from, or in a "
            f"checkout of the repository {TABLES})",
        ) from error
    except InvalidDocument as error:
        raise Stop(Exit.USAGE, str(error)) from error
    except OSError as error:
        raise Stop(Exit.USAGE, f"{file}: {error.strerror}") from error


def _answered(
    store: Path, suite: str, only_tasks: list[str], only_methods: list[str], isolation: str
) -> "Iterator[Shown]":
    """Tracks of which a store holds answers of methods; no question is looked at of the others.

    Raises:
        Stop: it holds none of this suite.
    """
    from interpbench.cli.outputs import say_what_is_missing
    from interpbench.cli.running import plan_of, runner_of
    from interpbench.report.site.sources import Shown
    from interpbench.report.site.views import view_of
    from interpbench.report.site.views.panel import Panels
    from interpbench.run.board import board_of
    from interpbench.run.cells import cells_frame
    from interpbench.run.judged import judged

    hint = f"`interpbench run --suite {suite} --store {store}` first"
    plan = plan_of(suite, only_tasks, only_methods)
    rows = {path.name.replace("--", "/") for path in (store / "answers").glob("*")}
    present = {track for row in plan.rows if row.info is not None and row.name in rows for track in row.info.tracks}
    wanted = [task for task in plan.tasks if task.info.track in present]
    if not wanted:
        raise Stop(Exit.USAGE, f"no answer of a method to suite {suite} is stored in {store}: {hint}")
    if len(wanted) < len(plan.tasks):
        plan = plan_of(suite, [task.name for task in wanted], only_methods)
    runner = runner_of(plan, store, isolation)
    with Judging() as meter:
        tracks = judged(runner, meter)
    for of in tracks:
        board = board_of(runner, [of])
        say_what_is_missing([of], board, f"interpbench run --suite {suite} --store {store}")
        view = view_of(of.track)
        yield Shown(
            board=board,
            track=board.tracks[0],
            cells=cells_frame(of),
            panels=Panels() if view is None else view(runner, of),
        )


def _merged(answered: "Sequence[Shown]", boards: Sequence[Board]) -> "list[Shown]":
    """Tracks with single answers first, own rows beside the published ones; of others the boards that were published.

    Raises:
        Stop: two boards show one track of one suite.
    """
    from interpbench.report.site.sources import Shown, among

    out = {one.name: one for one in answered}
    published: set[str] = set()
    for board in boards:
        for track in board.tracks:
            one = Shown(board=board, track=track)
            if one.name in published:
                raise Stop(
                    Exit.USAGE,
                    f"two boards show track {track.track} of suite {board.suite}; name one of them with --from",
                )
            published.add(one.name)
            out[one.name] = among(out[one.name], one) if one.name in out else one
    return list(out.values())
