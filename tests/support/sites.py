"""Invented boards and cells of any size, for tests and benchmarks of the site: no figure means anything."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from interpbench.report.site.files import Site
from interpbench.report.site.sources import Shown
from interpbench.report.site.views.panel import Panels
from interpbench.score.board import Board, BoardRow, CostSummary, TrackBoard
from interpbench.score.compare import Comparison
from interpbench.score.inside import Group
from interpbench.score.interval import Estimate, not_available
from interpbench.score.rank import WorstKind
from interpbench.tracks.track import Metric

KINDS = ("plain", "odd", "rare")
FAMILIES = ("probing", "sae", "circuits", "slt", "influence")
TIERS = ("data", "behaviour", "weights", "checkpoints")
PROVENANCE: dict[str, object] = {
    "interpbench": "0.1",
    "commit": "0123456789abcdef",
    "dirty": False,
    "python": "3.11",
    "packages": {},
    "machine": "Linux x86_64",
    "isolation": "bwrap",
}


def metric(title: str, kinds: tuple[str, ...] = ()) -> Metric:
    """A share from chance .5 to 1."""
    return Metric(title=title, about=f"share of {title}", chance=0.5, ceiling=1.0, percent=True, kinds=kinds)


def estimate(value: float) -> Estimate:
    """With an interval of .1 to either side."""
    return Estimate(value=value, low=max(0.0, value - 0.1), high=min(1.0, value + 0.1), n=90, families=6)


def row(name: str, value: float, place: int, rival: str) -> BoardRow:
    """One of many; every seventh has no score in a kind and says why."""
    metrics = {"score": estimate(value), **{kind: estimate(value) for kind in KINDS}, "coverage": estimate(1.0)}
    if place % 7 == 3:
        metrics["rare"] = not_available("2 models in the smallest class, at least 3 are needed")
    difference = Estimate(value=value - 0.9, low=value - 1.0, high=value - 0.8, n=90, families=6)
    return BoardRow(
        name=name,
        family=FAMILIES[place % 5],
        rival=name == rival,
        inside=name != rival,
        bound=False,
        tier=TIERS[place % 4],
        version="1.0",
        calibrated=True,
        dev_score=round(value, 3),
        represents=place < 5,
        metrics=metrics,
        skill=Estimate(value=2 * value - 1, low=2 * value - 1.2, high=min(1.0, 2 * value - 0.8), n=90, families=6),
        worst=WorstKind(kind="odd", low=value - 0.1, missing=()),
        rank=1 + place // 10,
        difference=None
        if name == rival
        else Comparison(method=name, rival=rival, difference=difference, p=0.01, p_holm=0.04, detectable=0.12),
        statuses={"ok": 88, "timeout": 2} if place % 11 == 5 else {"ok": 90},
        reasons=["no answer within 120 s"] if place % 11 == 5 else [],
        cost=CostSummary(cells=90, cpu_seconds=1.0 + place, median_cpu_seconds=0.2, peak_bytes=10**6),
    )


def board(track: str, methods: Sequence[str]) -> Board:
    """One track, methods from best to worst; the third of them is the best rival."""
    rival = methods[min(2, len(methods) - 1)]
    rows = [row(name, 1 - 0.5 * at / len(methods), at, rival) for at, name in enumerate(methods)]
    groups = [
        Group(
            by=by,
            name=name,
            cells=30,
            scores={one.name: one.metrics["score"].value or 0.0 for one in rows},
            difference=None,
        )
        for by, name in [*(("kind", kind) for kind in KINDS), *(("task", f"{track}/{task}") for task in ("one", "two"))]
    ]
    made = TrackBoard(
        track=track,
        headline="score",
        metrics={
            "score": metric("score"),
            **{kind: metric(kind, (kind,)) for kind in KINDS},
            "coverage": metric("answered"),
        },
        rows=rows,
        rival=rival,
        rival_chosen="the highest here, which flatters it and no method",
        instances=90,
        families=6,
        kinds=dict.fromkeys(KINDS, 30),
        groups=groups,
        parts=KINDS,
    )
    return Board(
        suite="quick",
        suite_version="1.0",
        partial=False,
        tracks=[made],
        provenance=PROVENANCE,
        answered_at=["0123456789"],
    )


def cells(track: str, methods: Sequence[str], instances: int) -> pd.DataFrame:
    """Judged answers of all methods to as many instances."""
    at = np.arange(instances)
    frames = []
    for place, name in enumerate(methods):
        value = np.round((at * 7 + place) % 11 / 10, 3)
        status = np.where(at % 13 == 0, "timeout", "ok")
        frames.append(
            pd.DataFrame(
                {
                    "row": name,
                    "method_family": FAMILIES[place % 5],
                    "tier": TIERS[place % 4],
                    "version": "1.0",
                    "task": np.where(at % 2 == 0, f"{track}/one", f"{track}/two"),
                    "instance": [f"{track}/{'one' if one % 2 == 0 else 'two'}#{one:04d}" for one in at],
                    "kind": [KINDS[one % 3] for one in at],
                    "family": [f"family {one % 6}" for one in at],
                    "group": "g",
                    "units": [[f"unit-{one}"] for one in at],
                    "answered": at % 13 != 0,
                    "status": status,
                    "reason": np.where(at % 13 == 0, "no answer within 120 s", ""),
                    "cpu_seconds": 0.25,
                    "queries": 3,
                    "value.score": value,
                    "value.rare": np.where(at % 3 == 2, value, np.nan),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def site(tracks: Sequence[str], methods: Sequence[str], instances: int = 0, panels: Panels | None = None) -> Site:
    """A site of as many tracks; with instances, single answers too."""
    shown = [
        Shown(
            board=(made := board(track, methods)),
            track=made.tracks[0],
            cells=cells(track, methods, instances) if instances else None,
            panels=panels or Panels(),
        )
        for track in tracks
    ]
    return Site(shown=shown, methods={}, tasks={}, figures={})
