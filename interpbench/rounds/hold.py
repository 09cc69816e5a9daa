"""Holding a round: open, receive, close, run. Each step can be stopped and repeated; none can be taken back."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import interpbench
from interpbench.bundle.whole import write_whole
from interpbench.plugins.discovery import MethodInfo, find_method, methods
from interpbench.plugins.manifest import Suite
from interpbench.rounds.entry import changed, entered, read, staged
from interpbench.rounds.fresh import STORE_FOLDER, at, committed, keys_of, plan_of, salted_suite, train
from interpbench.rounds.state import SALT_FILE, Received, Round, RoundError, Stage, read_round, write_round
from interpbench.run.execute import Runner, Settings
from interpbench.run.isolate.levels import Isolation
from interpbench.run.provenance import provenance
from interpbench.run.store import Store
from interpbench.run.zoo import Outcome
from interpbench.submissions.archive import SUFFIX, read_archive
from interpbench.submissions.contents import read_contents
from interpbench.submissions.layout import sha256

BUNDLES, PLUGINS = "submissions", "plugins"


def open_round(folder: Path, name: str, suite: Suite, closes: datetime, at_time: datetime) -> Round:
    """Begins a round.

    Args:
        folder: a new one; it will hold everything, and the salt.
        name: of the round, lower case with hyphens.
        suite: which tasks, at which sizes; its own seed is not used.
        closes: until when submissions are taken.
        at_time: now.

    Raises:
        RoundError: there is a round already.
    """
    if (folder / "round.json").exists():
        raise RoundError(f"{folder}: holds round {read_round(folder).name} already; choose another folder")
    here = provenance(Isolation.PROCESS.value)
    own = suite.model_copy(update={"name": name, "version": "1.0", "seed": "drawn when the round closes"})
    state = Round(
        name=name, suite=own, opened=at_time, closes=closes, interpbench=interpbench.__version__, commit=here.commit
    )
    write_round(folder, state)
    return state


def receive(folder: Path, bundle: Path, name: str, at_time: datetime) -> Received:
    """Takes a bundle with the code of its methods; what they answer is asked anew later.

    A name that was taken may be replaced until the round closes.

    Raises:
        RoundError: the round is closed, or a method has the name of one that is built in or of another submission.
        Refused: the bundle is not in order, holds no code, or its code is not what its manifest says.
    """
    state = read_round(folder)
    state.must_be(Stage.OPEN)
    if at_time >= state.closes:
        raise RoundError(
            f"round {state.name} closed at {state.closes:%Y-%m-%d %H:%M} UTC, this came at {at_time:%H:%M}"
        )
    content = bundle.read_bytes()
    files = read_archive(bundle)
    manifest = read_contents(files).manifest
    others = {method: one.name for one in state.submissions if one.name != name for method in one.methods}
    others |= dict.fromkeys(methods(), "built in")
    taken = [f"{method.name} ({others[method.name]})" for method in manifest.methods if method.name in others]
    if taken:
        raise RoundError(f"{bundle}: names that are taken: {', '.join(taken)}; choose others and submit again")
    with staged(folder / PLUGINS, name, files) as place:
        plugins = entered(str(bundle), place, manifest, {task.partition("/")[0] for task in state.suite.tasks})
    write_whole(folder / BUNDLES / f"{name}{SUFFIX}", content)
    received = Received(name=name, sha256=sha256(content), plugins=plugins, at=at_time)
    kept = tuple(one for one in state.submissions if one.name != name)
    write_round(folder, state.model_copy(update={"submissions": (*kept, received)}))
    return received


def close(folder: Path, at_time: datetime, jobs: int, progress: Callable[[Outcome, int], None]) -> Round:
    """Draws the salt, trains the networks, derives the keys, and commits to all three.

    Stopped in the middle it goes on with the same salt.

    Raises:
        RoundError: submissions are still taken, or a task has not a single network.
    """
    state = read_round(folder)
    state.must_be(Stage.OPEN)
    if at_time < state.closes:
        raise RoundError(f"round {state.name} takes submissions until {state.closes:%Y-%m-%d %H:%M} UTC")
    salt = _drawn(folder)
    with at(folder, salt):
        suite = salted_suite(state.suite, salt)
        train(folder, suite, jobs, progress)
        plan = plan_of(suite, [])
        empty = [task.name for task in plan.tasks if not task.refs]
        if empty:
            raise RoundError(f"no instance of {', '.join(empty)}: too few networks passed their gates; see the log")
        commitment = committed(salt, plan, keys_of(plan), state.terms)
    state = state.model_copy(update={"stage": Stage.CLOSED, "commitment": commitment, "closed": at_time})
    write_round(folder, state)
    return state


def run(
    folder: Path, isolation: Isolation, jobs: int, run_cells: Callable[[Runner], None], built_in: Sequence[str] = ()
) -> Round:
    """Runs every submitted plug-in, and the built-in methods, on the fresh networks.

    Args:
        folder: of the round.
        isolation: bwrap or landlock.
        jobs: cells at a time.
        run_cells: runs a plan.
        built_in: names of built-in methods; all that need no extra packages when left out.

    Raises:
        RoundError: the round is not closed, or nothing keeps plug-ins from keys.
    """
    state = read_round(folder)
    state.must_be(Stage.CLOSED, Stage.ANSWERED)
    if isolation is Isolation.PROCESS:
        raise RoundError("isolation process keeps no plug-in from keys and salt; a round needs bwrap or landlock")
    every = [info.name for info in methods().values() if not info.card.requires]
    state = state.model_copy(update={"built_in": tuple(built_in or every)})
    with runner_of(folder, state, isolation, jobs) as runner:
        run_cells(runner)
    state = state.model_copy(update={"stage": Stage.ANSWERED})
    write_round(folder, state)
    return state


@contextmanager
def runner_of(folder: Path, state: Round, isolation: Isolation, jobs: int = 1) -> Iterator[Runner]:
    """A runner of all methods of a round on its networks; seeds are salted while it is held.

    Raises:
        RoundError: networks or keys are not those that were committed to.
    """
    salt = salt_of(folder)
    built_in = [find_method(name) for name in state.built_in]
    with at(folder, salt):
        plan = plan_of(salted_suite(state.suite, salt), [*built_in, *submitted(folder, state)])
        if committed(salt, plan, keys_of(plan), state.terms) != state.commitment:
            raise RoundError(f"{folder}: salt, networks, keys or submissions are not those that the round was bound to")
        yield Runner(plan, Store(folder / STORE_FOLDER), Settings(isolation=isolation, jobs=jobs))


def submitted(folder: Path, state: Round) -> list[MethodInfo]:
    """The plug-ins that came in, read without importing them.

    Raises:
        RoundError: a bundle is not the one that came in, or a plug-in is not what its bundle holds.
    """
    return [info for one in state.submissions for info in _unchanged(folder, one)]


def _unchanged(folder: Path, one: Received) -> list[MethodInfo]:
    path = folder / BUNDLES / f"{one.name}{SUFFIX}"
    if not path.exists() or sha256(path.read_bytes()) != one.sha256:
        raise RoundError(f"{path}: not the bundle that came in at {one.at:%Y-%m-%d %H:%M} UTC")
    place = folder / PLUGINS / one.name
    what = changed(place, read_archive(path))
    if what is not None:
        raise RoundError(f"{place}: not what came in: {what}")
    return [read(place / plugin) for plugin in one.plugins.values()]


def salt_of(folder: Path) -> str:
    """The round's secret.

    Raises:
        RoundError: it is gone.
    """
    try:
        return (folder / SALT_FILE).read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise RoundError(f"{folder / SALT_FILE}: the salt is gone, and with it the round") from error


def _drawn(folder: Path) -> str:
    """The same, drawn once: 256 bits, readable by the host alone."""
    if not (folder / SALT_FILE).exists():
        write_whole(folder / SALT_FILE, secrets.token_hex(32).encode(), mode=0o600)
    return salt_of(folder)
