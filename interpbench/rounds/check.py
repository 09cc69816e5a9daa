"""Checking a published round: what anybody can derive again without the host."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import SystemRandom
from typing import Any

from interpbench.models.zoo import read_manifest
from interpbench.plugins.discovery import load_task, methods
from interpbench.plugins.manifest import Suite
from interpbench.rounds.commitment import bound
from interpbench.rounds.fresh import asked, at, committed, keys_of, plan_of, salted_suite
from interpbench.rounds.hold import BUNDLES
from interpbench.rounds.publish import ANSWERS, BOARD, BUILT_IN, KEYS, RANKED, README, readme, told_of
from interpbench.rounds.state import Round, RoundError, Stage, read_round
from interpbench.run.board import entry_of
from interpbench.run.judged import JudgedTrack
from interpbench.run.plan import ORACLE, Plan, Row
from interpbench.run.store import Store
from interpbench.run.zoo import retrained, trainings
from interpbench.score.board import Board, TrackBoard, track_board
from interpbench.submissions.archive import HOSTED, SUFFIX, Refused, SubmissionError
from interpbench.submissions.installed import Installed
from interpbench.submissions.layout import sha256
from interpbench.submissions.manifest import Manifest
from interpbench.submissions.summary import moved
from interpbench.submissions.verified import Verified, read_bundle, studies_about, verify
from interpbench.tracks.instance import Problem
from interpbench.tracks.registry import TRACKS


def check(folder: Path, store: Path, retrain: int, say: Callable[[str], None]) -> list[Problem]:
    """Faults of a published round.

    The commitment is computed from the published salt, networks, keys, times and bundles; keys are derived from the
    networks; answers come from methods that were handed in, with their code, or are built in; every answer is judged
    anew, and each row's figures are compared with the board's; some networks are trained again from the salt, which
    gives the same weights on a machine and with packages like the host's.

    Args:
        folder: as published.
        store: for keys and for networks that are trained.
        retrain: how many recipes of each task to train again, drawn anew at every call, so that no host knows which;
            of those that are not in the zoo it is checked that they fail their gate.
        say: told what is being done.

    Raises:
        RoundError: the round has not been published.
    """
    state = read_round(folder)
    state.must_be(Stage.PUBLISHED)
    if state.commitment is None or not state.salt:
        raise RoundError(f"{folder}: neither salt nor commitment; only a published round can be checked")
    problems = [*_hash(state), *_handed_in(folder, state)]
    with at(folder, state.salt):
        suite = salted_suite(state.suite, state.salt)
        plan = plan_of(suite, [])
        say("deriving keys")
        problems += _commitment(folder, state, plan)
        say("judging answers")
        problems += _answers(folder, state, suite, plan, Store(store))
        if retrain:
            problems += _networks(suite, retrain, Store(store), say)
    return problems


def _hash(state: Round) -> Iterator[Problem]:
    assert state.commitment is not None
    found = bound(state.salt, state.commitment.zoos, state.commitment.keys, state.commitment.terms)
    if found != state.commitment.sha256:
        yield Problem(where="commitment", what=f"got {state.commitment.sha256}, wanted {found} for this salt")


def _commitment(folder: Path, state: Round, plan: Plan) -> Iterator[Problem]:
    keys = keys_of(plan)
    derived = committed(state.salt, plan, keys, state.terms)
    assert state.commitment is not None
    yield from moved("commitment", state.commitment.model_dump(), derived.model_dump())
    for task, of in keys.items():
        path = folder / KEYS / f"{task.replace('/', '--')}.json"
        if not path.exists() or json.loads(path.read_bytes()) != json.loads(json.dumps(of)):
            yield Problem(where=str(path), what="not the keys that follow from the networks")


def _handed_in(folder: Path, state: Round) -> Iterator[Problem]:
    """Bundles that are not those that came in."""
    known = {one.name: one for one in state.submissions}
    for path in sorted((folder / BUNDLES).glob("*")):
        if path.stem not in known or path.suffix != SUFFIX:
            yield Problem(where=str(path), what="no submission that was bound to")
    for name, one in known.items():
        path = folder / BUNDLES / f"{name}{SUFFIX}"
        got = sha256(path.read_bytes()) if path.is_file() else "no file"
        if got != one.sha256:
            yield Problem(where=str(path), what=f"got {got}, wanted {one.sha256}")


def _answers(folder: Path, state: Round, suite: Suite, plan: Plan, store: Store) -> Iterator[Problem]:
    """Bundles that are not in order; and every place at which the board is not what follows from their answers."""
    here = Installed(suite=suite, tasks={task.name: task for task in plan.tasks}, store=store)
    bundles = []
    names = [*([BUILT_IN] if state.built_in else []), *sorted(one.name for one in state.submissions)]
    for stranger in sorted(
        {path.name for path in (folder / ANSWERS).glob("*")} - {f"{name}{SUFFIX}" for name in names}
    ):
        yield Problem(where=str(folder / ANSWERS / stranger), what="answers of nobody who had handed in")
    for name in names:
        path = folder / ANSWERS / f"{name}{SUFFIX}"
        try:
            bundle = read_bundle(path, HOSTED)
            yield from _other_code(folder, state, name, bundle.manifest)
            bundles.append(verify(path, bundle, here, RANKED))
        except Refused as refused:
            yield from refused.problems
        except SubmissionError as error:
            yield Problem(where=str(path), what=str(error))
    published = Board.model_validate_json((folder / BOARD).read_bytes())
    if published.caption != told_of(state):
        yield Problem(where=BOARD, what=f"caption: got {published.caption!r}, wanted {told_of(state)!r}")
    if (folder / README).read_text(encoding="utf-8") != readme(state, published):
        yield Problem(where=README, what="not what follows from the board and round.json")
    anew = {of.track: of for of in boards(here, bundles)}
    for track in published.tracks:
        if track.track not in anew:
            yield Problem(where=track.track, what="on the board, and in no bundle of answers")
        else:
            yield from moved(f"board of {track.track}", _comparable(track), _comparable(anew.pop(track.track)))
    for name in anew:
        yield Problem(where=name, what="answered, and not on the board")


def _other_code(folder: Path, state: Round, name: str, answered: Manifest) -> Iterator[Problem]:
    """Methods that answered with other code than came in, or than is built in here."""
    if name == BUILT_IN:
        wanted = {one.name: methods()[one.name].source_hash for one in answered.methods if one.name in state.built_in}
    else:
        try:
            came_in = read_bundle(folder / BUNDLES / f"{name}{SUFFIX}").manifest
        except SubmissionError as error:
            yield Problem(where=name, what=f"what came in cannot be read: {error}")
            return
        wanted = {method.name: method.source_hash for method in came_in.methods}
    found = {method.name: method.source_hash for method in answered.methods}
    yield from moved(f"code behind the answers of {name}", wanted, found)


def boards(here: Installed, bundles: Sequence[Verified]) -> list[TrackBoard]:
    """The boards of all rows together that verified bundles hold, with the oracle's, which is asked here."""
    found = []
    for name in dict.fromkeys(task.info.track for task in here.tasks.values()):
        parts = [(of, bundle) for bundle in bundles for of in bundle.tracks if of.track == name]
        oracle = _oracle(here, name)
        entries = [entry_of(oracle, oracle.rows[0], [])]
        entries += [
            entry_of(of, row, studies_about(bundle.contents.studies[row.name], name))
            for of, bundle in parts
            for row in of.rows
        ]
        found.append(track_board(TRACKS[name].load(), entries, f"{here.suite.name} {here.suite.version}"))
    return found


def _oracle(here: Installed, name: str) -> JudgedTrack:
    """The row of one who knows the keys."""
    track, row, tasks = TRACKS[name].load(), Row(name=ORACLE, info=None), here.of_tracks((name,))
    cells = []
    for task in tasks:
        for ref, key in here.keys(task.name).read():
            answers = {unit: track.read_answer(track.oracle(task.task, unit, task.seed)) for unit in ref.units}
            cells.append(track.judge(ref, key, answers, track.oracle_calibration))
    return JudgedTrack(track=name, tasks=tasks, rows=[row], cells={ORACLE: cells}, records={ORACLE: {}})


def _comparable(track: TrackBoard) -> dict[str, Any]:
    """A board without labels, and without what asking the oracle cost the host."""
    document = track.model_dump(mode="json")
    document["rows"] = {row["name"]: row for row in document["rows"]}
    for row in document["rows"].values():
        del row["label"]
        if row["bound"]:
            del row["cost"], row["statuses"], row["reasons"]
    return document


def _networks(suite: Suite, count: int, store: Store, say: Callable[[str], None]) -> Iterator[Problem]:
    """Networks that do not follow from the salt, and some that do and are not there."""
    for info in asked(suite):
        if not info.card.networks:
            continue
        size, models = suite.tasks[info.name], read_manifest(info.zoo).models
        recipes = sorted({one.recipe for one in trainings(info, [size])} | set(models))
        for name in SystemRandom().sample(recipes, min(count, len(recipes))):
            say(f"training {info.name} {name} again")
            try:
                record = retrained(info, size, name, store).record
            except KeyError:
                yield Problem(where=f"{info.name} {name}", what="in the zoo, and no recipe of the task makes it")
                continue
            if record is not None and name not in models and name in load_task(info).spare({**models, name: record}):
                record = None  # it passed, and the task keeps enough others
            got, wanted = (None if one is None else one.sha256 for one in (record, models.get(name)))
            if got != wanted:
                yield Problem(where=f"{info.name} {name}", what=f"trained from the salt: {got}, in the zoo: {wanted}")
