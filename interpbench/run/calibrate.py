"""Fixing signs and scales on suite `dev`, once, and writing them into `method.yaml`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel

from interpbench.bundle.whole import write_whole
from interpbench.plugins.discovery import MethodInfo
from interpbench.run.execute import Runner
from interpbench.run.judge import Keys, answers_of, records_of
from interpbench.run.plan import Row
from interpbench.run.store import AnswerRecord
from interpbench.run.watcher import UNWATCHED, Watcher
from interpbench.run.zoo_hash import zoo_hash
from interpbench.tracks.instance import Ref
from interpbench.tracks.registry import TRACKS


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The calibration of one variant on one track, or why there is none."""

    row: str
    track: str
    calibration: BaseModel | None
    reason: str = ""


def calibrate(runner: Runner, info: MethodInfo, watcher: Watcher = UNWATCHED) -> list[Fitted]:
    """Fits every variant of a method on what the runner's suite has stored, and rewrites its `method.yaml`.

    What stands there stays if no variant can be fitted on any track.

    Args:
        runner: with plan and store.
        info: the method.
        watcher: is told of instances.
    """
    out: list[Fitted] = []
    document: dict[str, dict[str, Any]] = {}
    for track in info.tracks:
        for variant in info.card.variants:
            fitted = _fitted(runner, Row(name=info.row(variant), info=info, variant=variant), track, watcher)
            out.append(fitted)
            if fitted.calibration is not None:
                values = fitted.calibration.model_dump(mode="json")
                document.setdefault(track, {})[variant or "default"] = _rounded(values)
    if document:
        _write(info, document)
    return out


def _fitted(runner: Runner, row: Row, name: str, watcher: Watcher) -> Fitted:
    assert row.info is not None
    tasks = [task for task in runner.plan.tasks if task.info.track == name]
    records = {task.name: records_of(runner, task, row) for task in tasks}
    every = [record for of_task in records.values() for record in of_task.values()]
    if not any(record.status.answered for record in every):
        return Fitted(row=row.name, track=name, calibration=None, reason=_silent(every))
    watcher.expect(sum(len(task.refs) for task in tasks))
    cells: list[tuple[Ref, Any, Any]] = []
    for task in tasks:
        answers = answers_of(task, records[task.name])
        keys = Keys(runner.store, task, zoo_hash(task.info), watcher)
        cells += [(ref, key, answers) for ref, key in keys.read()]
    suite = f"{runner.plan.suite.name} {runner.plan.suite.version}"
    try:
        found = TRACKS[name].load().calibrate(cells, suite, sign_given=row.info.card.sign == "given")
    except ValueError as error:
        return Fitted(row=row.name, track=name, calibration=None, reason=str(error))
    return Fitted(row=row.name, track=name, calibration=found)


def _silent(records: Sequence[AnswerRecord]) -> str:
    """Why there is nothing to fit, in the words of the cells."""
    if not records:
        return "nothing of it has run on this suite"
    reason, count = Counter(record.reason or record.status.value for record in records).most_common(1)[0]
    return f"none of its {len(records)} cells has an answer; {count} say: {reason}"


def _rounded(document: dict[str, Any]) -> dict[str, Any]:
    """Floats to six digits."""
    return {
        name: _rounded(value)
        if isinstance(value, dict)
        else float(f"{value:.6g}")
        if isinstance(value, float)
        else value
        for name, value in document.items()
    }


def _write(info: MethodInfo, calibration: dict[str, dict[str, Any]]) -> None:
    """Replaces `calibration` in `method.yaml` and leaves every other line, comments too, as it is."""
    path = info.card_path
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept: list[str] = []
    inside = False
    for line in lines:
        if line.startswith("calibration:"):
            inside = True
        elif inside and line and not line.startswith((" ", "#")):
            inside = False
        if not inside:
            kept.append(line)
    written = yaml.safe_dump({"calibration": calibration}, sort_keys=False, width=120) if calibration else ""
    text = "\n".join(kept).rstrip() + "\n" + written
    write_whole(path, text.lstrip("\n").encode())


def uncalibrated(infos: Sequence[MethodInfo], track: str) -> list[str]:
    """Rows that enter a track without a scale."""
    return [
        info.row(variant)
        for info in infos
        if track in info.tracks
        for variant in info.card.variants
        if (variant or "default") not in info.card.calibration.get(track, {})
    ]
