"""Fixing signs and scales on suite `dev`, once, and writing them into `method.yaml`."""

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


def calibrate(runner: Runner, info: MethodInfo) -> list[Fitted]:
    """Fits every variant of a method on what the runner's suite has stored, and rewrites its `method.yaml`."""
    plan = runner.plan
    suite = f"{plan.suite.name} {plan.suite.version}"
    out: list[Fitted] = []
    document: dict[str, dict[str, Any]] = {}
    for track_name in info.tracks:
        track = TRACKS[track_name].load()
        for variant in info.card.variants:
            row = Row(name=info.row(variant), info=info, variant=variant)
            cells: list[tuple[Ref, Any, Any]] = []
            for task in (task for task in plan.tasks if task.info.track == track_name):
                answers = answers_of(task, records_of(runner, task, row))
                cells += [(ref, key, answers) for ref, key in Keys(runner.store, task, zoo_hash(task.info)).read()]
            try:
                fitted = track.calibrate(cells, suite, sign_given=info.card.sign == "given")
            except ValueError as error:
                out.append(Fitted(row=row.name, track=track_name, calibration=None, reason=str(error)))
                continue
            out.append(Fitted(row=row.name, track=track_name, calibration=fitted))
            values = fitted.model_dump(mode="json")
            document.setdefault(track_name, {})[variant or "default"] = _rounded(values)
    _write(info, document)
    return out


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
