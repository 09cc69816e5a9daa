"""Publishing a round: everything that anybody needs to derive its board again, salt included."""

import json
import shutil
from pathlib import Path

from interpbench.bundle.whole import write_whole
from interpbench.plugins.discovery import MethodInfo
from interpbench.report.headline import family_table
from interpbench.report.table import board_table
from interpbench.report.text import caption, markdown
from interpbench.rounds.fresh import ZOO_FOLDER, keys_of
from interpbench.rounds.hold import BUNDLES, runner_of, salt_of, submitted
from interpbench.rounds.state import Round, RoundError, Stage, read_round, write_round
from interpbench.run.board import make_board
from interpbench.run.execute import Runner
from interpbench.run.isolate.levels import Isolation
from interpbench.score.board import Board
from interpbench.submissions.archive import SUFFIX, packed
from interpbench.submissions.manifest import Contact
from interpbench.submissions.pack import bundle_files

RANKED = "ranked"
BUILT_IN = "built-in"
BOARD, ANSWERS, KEYS, README = "board.json", "answers", "keys", "README.md"


def publish(folder: Path, output: Path, isolation: Isolation) -> Board:
    """Writes the round's board, answers, networks, keys and salt to a new folder.

    Args:
        folder: of the round.
        output: new; what is published.
        isolation: at which the plug-ins ran.

    Raises:
        RoundError: plug-ins have not run, or there is something at `output`.
    """
    state = read_round(folder)
    state.must_be(Stage.ANSWERED, Stage.PUBLISHED)
    if output.exists():
        raise RoundError(f"{output}: is there already; choose another folder")
    partial = output.with_name(f".{output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    with runner_of(folder, state, isolation) as runner:
        board = ranked(make_board(runner), state)
        for task, keys in keys_of(runner.plan).items():
            write_whole(partial / KEYS / f"{task.replace('/', '--')}.json", json.dumps(keys, sort_keys=True).encode())
        for name, infos in _by_submission(runner, folder, state).items():
            files = bundle_files(runner, infos, Contact(), partial=True, source=name != BUILT_IN)
            write_whole(partial / ANSWERS / f"{name}{SUFFIX}", packed(files))
    for one in state.submissions:
        write_whole(partial / BUNDLES / f"{one.name}{SUFFIX}", (folder / BUNDLES / f"{one.name}{SUFFIX}").read_bytes())
    shutil.copytree(folder / ZOO_FOLDER, partial / ZOO_FOLDER)
    state = state.model_copy(update={"stage": Stage.PUBLISHED, "salt": salt_of(folder)})
    write_round(partial, state)
    write_whole(partial / BOARD, (board.model_dump_json(indent=1) + "\n").encode())
    write_whole(partial / README, readme(state, board).encode())
    partial.rename(output)
    write_round(folder, state)
    return board


def told_of(state: Round) -> str:
    """What the board of a round rests on, for its caption."""
    return f"planted truth, models up to 1e5 parameters; round {state.name}, networks that no method had seen"


def ranked(board: Board, state: Round) -> Board:
    """The board with the rows of plug-ins labelled, and with what it rests on in its caption."""
    tracks = [
        track.model_copy(
            update={"rows": [row if row.bound else row.model_copy(update={"label": RANKED}) for row in track.rows]}
        )
        for track in board.tracks
    ]
    return board.model_copy(update={"tracks": tracks, "caption": told_of(state)})


def _by_submission(runner: Runner, folder: Path, state: Round) -> dict[str, list[MethodInfo]]:
    """Bundle of answers -> its methods; those that nobody submitted are the built-in ones."""
    came_in = submitted(folder, state)
    own = {info.name for info in came_in}
    found = {one.name: [info for info in came_in if info.name in one.methods] for one in state.submissions}
    infos = {row.info.name: row.info for row in runner.plan.rows if row.info is not None}
    built_in = [info for name, info in infos.items() if name not in own]
    return found | ({BUILT_IN: built_in} if built_in else {})


def readme(state: Round, board: Board) -> str:
    """The page of a published round; follows from what is published."""
    commitment, suite = state.commitment, f"{board.suite} {board.suite_version}"
    assert commitment is not None
    tables = [markdown(table) for track in board.tracks for table in (board_table(track, suite), family_table(track))]
    return "\n".join(
        [
            f"# Round {state.name}",
            "",
            f"Submissions were taken from {state.opened:%Y-%m-%d %H:%M} to {state.closes:%Y-%m-%d %H:%M} UTC. Then "
            "a salt was drawn, all networks were trained from it, and their keys derived; all three, the deadline and "
            "the bundles that had come in were bound to",
            "",
            f"    {commitment.sha256}",
            "",
            "before any plug-in ran on them: the host says so, and whoever saw this hash at that time. To derive it "
            "all again: `interpbench host check .`; with `--retrain 3`, three networks of each task, too.",
            "",
            *[f"- {one.name}: {', '.join(one.methods)} (bundle {one.sha256[:16]})" for one in state.submissions],
            "",
            *tables,
            caption(board),
            "",
        ]
    )
