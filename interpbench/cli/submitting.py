"""The commands about submissions: pack a run, verify a bundle, check a leaderboard, compare with it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from interpbench.bundle.whole import write_whole
from interpbench.cli.errors import Exit, Stop
from interpbench.cli.progress import Judging
from interpbench.plugins.discovery import MethodInfo, find_method, find_suite, tasks
from interpbench.report.counted import counted
from interpbench.run.plan import make_plan
from interpbench.score.board import BoardRow
from interpbench.submissions.archive import Refused, SubmissionError
from interpbench.submissions.layout import printable
from interpbench.submissions.published import PublishedTrack, counterpart, read_published
from interpbench.tracks.instance import Problem, ScoredCell

if TYPE_CHECKING:
    from interpbench.submissions.contents import Contents
    from interpbench.submissions.verified import Verified

MOST = 40
"""Problems that are printed."""


def submit_run(
    names: list[str],
    suite: str,
    store: Path,
    isolation: str,
    output: Path,
    authors: list[str],
    contact: str,
    paper: str,
    *,
    partial: bool,
    with_source: bool,
) -> None:
    """`interpbench submit`."""
    from interpbench.cli.running import runner_of
    from interpbench.submissions.archive import SUFFIX, packed
    from interpbench.submissions.contents import read_contents
    from interpbench.submissions.manifest import Contact
    from interpbench.submissions.pack import bundle_files

    infos = _distinct([find_method(name) for name in names])
    runner = runner_of(make_plan(find_suite(suite), tasks(), infos), store, isolation)
    who = Contact(authors=tuple(authors), contact=contact, paper=paper)
    files = bundle_files(runner, infos, who, partial=partial, source=with_source)
    contents = read_contents(files)  # what would be refused is not written
    output = output if output.suffix == SUFFIX else output.with_name(output.name + SUFFIX)
    write({output: packed(files)})
    manifest = contents.manifest
    console = Console(highlight=False, soft_wrap=True)
    answers = sum(len(units) for of_row in contents.answers.values() for units in of_row.values())
    rows = sum(len(method.card.variants) for method in manifest.methods)
    size = f"{output.stat().st_size / 1e6:.2f} MB"
    console.print(f"{output}: {counted(answers, 'answer')} of {counted(rows, 'row')}, {size}")
    for method in manifest.methods:
        console.print(f"  {method.name}: {', '.join(method.tracks)}")
        for track, reason in method.left_out.items():
            console.print(f"  {method.name}: not {track}: {reason}")
        missed = ", ".join(method.source_left_out)
        if missed:
            console.print(f"  {method.name}: code not packed, since no text or too large: {missed}")
        if not method.card.tuned.strip():
            console.print(f"  {method.name}: say in method.yaml under `tuned:` what was chosen, and on what")
    if not authors or not contact:
        console.print("  nobody is named: --authors and --contact say who stands behind it")
    console.print(f"Next: interpbench verify {output}")


def _distinct(infos: Sequence[MethodInfo]) -> list[MethodInfo]:
    if not infos:
        raise Stop(Exit.USAGE, "no method named; say which rows to submit: interpbench submit METHOD ...")
    return list({info.name: info for info in infos}.values())


def verify_bundle(bundle: Path, leaderboard: Path) -> None:
    """`interpbench verify BUNDLE`."""
    from interpbench.report.submission import rows_beside
    from interpbench.report.terminal import render

    contents, verified = _verified(bundle)
    manifest = contents.manifest
    suite = f"{manifest.suite.name} {manifest.suite.version}"
    console = Console(width=None if Console().is_terminal else 200, highlight=False)
    for table in rows_beside(verified.rows, _published(leaderboard, console), suite):
        console.print(render(table, console))
    answers = sum(len(units) for of_row in contents.answers.values() for units in of_row.values())
    console.print(
        f"{bundle}: in order. {answers} answers judged with keys derived here; label: self-run. Scores follow from the "
        "answers; that the method gave them, at these costs, and with a calibration of before the run, is its authors' "
        "word.",
        soft_wrap=True,
    )
    for sentence in verified.silent:
        console.print(sentence, soft_wrap=True, markup=False)
    folder = leaderboard if leaderboard.is_dir() else "FOLDER (`leaderboard/` of the repository)"
    console.print(f"Paired differences: interpbench compare {bundle} --against {folder}", soft_wrap=True)


def check_leaderboard(
    folder: Path, base: Path | None, output: Path | None, store: Path | None, changes: Path | None
) -> None:
    """`interpbench board check`."""
    from interpbench.report.submission import gate_comment, shortened
    from interpbench.submissions.gate import check_board

    with Judging() as meter:
        report = check_board(folder, base, store, changes, meter)
    text = gate_comment(report)
    if output is None:
        print(text)
    else:
        write({output: shortened(text).encode()})
        print(f"{output}: {counted(len(report.problems), 'problem')}")
    if report.problems:
        first = printable(str(report.problems[0]))
        raise Stop(Exit.PROBLEMS, f"{folder}: {counted(len(report.problems), 'problem')}; the first: {first}")


def add_submission(bundle: Path, name: str, folder: Path) -> None:
    """`interpbench board add`."""
    from interpbench.submissions.gate import enter

    try:
        with Judging() as meter:
            files = enter(bundle, name, folder, watcher=meter)
    except Refused as error:
        raise _refused(str(bundle), error.problems) from error
    write(files)
    for path in files:
        print(path)


def compare_rows(run: Path, leaderboard: Path, suite: str, names: list[str], isolation: str) -> None:
    """`interpbench compare`."""
    from interpbench.report.submission import sides_table
    from interpbench.report.terminal import render
    from interpbench.submissions.compare import against

    published = read_published(leaderboard)
    own, version = _of_store(run, suite, names, isolation) if run.is_dir() else _of_bundle(run)
    known = {track: one for track in own if (one := counterpart(published, track, version)) is not None}
    for track in sorted(own.keys() - known.keys()):
        Console(stderr=True).print(f"{track}: {leaderboard} has no board of it", highlight=False)
    sides = [
        side
        for track, (cells, rows) in own.items()
        if track in known
        for side in against(cells, rows, known[track], version)
    ]
    if not sides:
        raise Stop(Exit.USAGE, f"nothing to compare: {leaderboard} has no board of {', '.join(own) or 'any track'}")
    console = Console(width=None if Console().is_terminal else 200)
    console.print(render(sides_table(sides), console))


def _verified(bundle: Path) -> "tuple[Contents, Verified]":
    """A bundle, judged against what is installed.

    Raises:
        Stop: it is refused; its faults are printed.
    """
    from interpbench.submissions.installed import installed
    from interpbench.submissions.verified import read_bundle, verify

    try:
        contents = read_bundle(bundle)
        with Judging() as meter, installed(contents.manifest.suite.name, watcher=meter) as here:
            return contents, verify(bundle, contents, here)
    except Refused as error:
        raise _refused(str(bundle), error.problems) from error


Own = Mapping[str, tuple[Mapping[str, Sequence[ScoredCell]], Sequence[BoardRow]]]
"""Track -> judged cells of own rows, and the rows."""


def _of_bundle(bundle: Path) -> tuple[Own, str]:
    contents, verified = _verified(bundle)
    stamp = contents.manifest.suite
    return {of.track: (of.cells, verified.rows[of.track]) for of in verified.tracks}, f"{stamp.name} {stamp.version}"


def _of_store(store: Path, suite: str, names: list[str], isolation: str) -> tuple[Own, str]:
    from interpbench.cli.running import runner_of
    from interpbench.run.board import board_of
    from interpbench.run.judged import judged

    infos = _distinct([find_method(name) for name in names])
    runner = runner_of(make_plan(find_suite(suite), tasks(), infos), store, isolation)
    with Judging() as meter:
        tracks = judged(runner, meter)
    if not tracks:
        raise Stop(Exit.USAGE, f"nothing of {', '.join(names)} on suite {suite} is stored in {store}")
    boards = {board.track: board for board in board_of(runner, tracks).tracks}
    out = {}
    for of in tracks:
        mine = {row.name for row in of.rows if row.info is not None}
        missing = [row for row in boards[of.track].rows if row.name in mine and row.statuses.get("missing")]
        absent = [row.name for row in of.left_out] or [row.name for row in missing]
        if absent:
            raise Stop(Exit.USAGE, f"{absent[0]} on {of.track}: cells have not run: `interpbench run` first")
        cells = {name: of.cells[name] for name in of.cells if name in mine}
        out[of.track] = (cells, [row for row in boards[of.track].rows if row.name in mine])
    return out, f"{runner.plan.suite.name} {runner.plan.suite.version}"


def _published(leaderboard: Path, console: Console) -> list[PublishedTrack]:
    try:
        return read_published(leaderboard)
    except SubmissionError as error:
        console.print(f"without built-in rows: {error}", soft_wrap=True)
        return []


def _refused(what: str, problems: Sequence[Problem]) -> Stop:
    for problem in problems[:MOST]:
        print(printable(str(problem)))
    if len(problems) > MOST:
        print(f"and {len(problems) - MOST} more")
    return Stop(Exit.PROBLEMS, f"{what}: refused, {counted(len(problems), 'problem')}")


def write(files: Mapping[Path, bytes]) -> None:
    """Writes files whole or not at all.

    Raises:
        Stop: with the path and what the system says.
    """
    for path, content in files.items():
        try:
            write_whole(path, content)
        except OSError as error:
            raise Stop(Exit.STORE, f"{path}: {error.strerror}; nothing was written there") from error
