"""Small boards made of invented cells, for tests of scoring and reporting."""

from collections.abc import Callable

from interpbench.score.board import Board, BoardRow, CostSummary, Entry, track_board
from interpbench.submissions.manifest import Contact
from interpbench.submissions.summary import Summary
from interpbench.tracks.generalization.answer import Calibration, UnitAnswer
from interpbench.tracks.generalization.key import PairKey
from interpbench.tracks.generalization.recipe import Kind
from interpbench.tracks.generalization.score import judge
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.registry import TRACKS

CALIBRATION = Calibration(slope=1.0, offset=-1.0, gain=1.0, pairs=10, score=0.8)
FAMILIES = ("one", "two", "three", "four")


def refs(families: tuple[str, ...] = FAMILIES, models: int = 4) -> list[Ref]:
    """Every generaliser meets every memoriser, in each family and kind."""
    out: list[Ref] = []
    for family in families:
        for kind in (Kind.RECIPE, Kind.FRACTION, Kind.SEED, Kind.CONTAMINATED):
            for first in range(models):
                for second in range(models):
                    pair = (f"g{first}", f"{kind.value}{second}")
                    out.append(
                        Ref(
                            task=f"generalization/{family}",
                            suite_seed="s",
                            index=len(out),
                            kind=kind.value,
                            units=pair,
                            group=f"mlp/0/{kind.value}",
                            members=(("generaliser", pair[0]), ("memoriser", pair[1])),
                        )
                    )
    return out


def cells(score: Callable[[Ref, str], float | None], where: list[Ref]) -> list[ScoredCell]:
    """Judged pairs of a method that gives `score(ref, unit)`; None is a failure."""
    out = []
    for ref in where:
        given = {unit: score(ref, unit) for unit in ref.units}
        answers = {unit: None if value is None else UnitAnswer(score=value) for unit, value in given.items()}
        key = PairKey(kind=Kind(ref.kind), test_a=1.0, test_b=0.1)
        out.append(judge(ref, key, answers, CALIBRATION))
    return out


def entry(name: str, score: Callable[[Ref, str], float | None], where: list[Ref], **changes: object) -> Entry:
    """A row of the board."""
    values: dict[str, object] = {
        "name": name,
        "family": "influence",
        "rival": False,
        "tier": "weights",
        "version": "1.0",
        "bound": False,
        "dev_score": 0.7,
        "calibrated": True,
        "cells": cells(score, where),
        "statuses": {"ok": 8},
        "reasons": [],
        "cost": CostSummary(cells=8, cpu_seconds=1.5, median_cpu_seconds=0.2, peak_bytes=10**6),
    }
    given = values | changes
    given["inside"] = changes.get("inside", not given["rival"] and not given["bound"])
    return Entry(**given)  # type: ignore[arg-type]


def knows(_: Ref, unit: str) -> float:
    """The oracle."""
    return 1.0 if unit.startswith("g") else 0.0


def blind(_: Ref, __: str) -> float:
    """Ties everywhere."""
    return 0.0


def board(*entries: Entry) -> Board:
    """A board of one track."""
    track = track_board(TRACKS["generalization"].load(), entries, "quick 1.0")
    provenance: dict[str, object] = {
        "interpbench": "0.1",
        "commit": "0123456789abcdef",
        "dirty": True,
        "python": "3.11",
        "packages": {},
        "machine": "Linux x86_64",
        "isolation": "bwrap",
    }
    return Board(suite="quick", suite_version="1.0", partial=False, tracks=[track], provenance=provenance)


def typical() -> Board:
    """Oracle, a rival, a better and a failing method."""
    where = refs()
    return board(
        entry("oracle", knows, where, bound=True, family="bounds", dev_score=None),
        entry("norm", lambda ref, unit: knows(ref, unit) * (ref.index % 3 > 0), where, rival=True, family="statistics"),
        entry("good_one", lambda ref, unit: knows(ref, unit) * (ref.index % 7 > 0), where),
        entry(
            "broken", lambda ref, unit: None, where, statuses={"crashed": 8}, reasons=["ValueError: no"], dev_score=None
        ),
    )


def submitted(board: Board, *rows: BoardRow, version: str = "") -> Summary:
    """The summary of a submission with these rows on a board's suite, or on another version of it."""
    return Summary(
        bundle="0" * 64,
        suite=board.suite,
        suite_version=version or board.suite_version,
        methods=tuple(row.name for row in rows),
        contact=Contact(),
        isolation="landlock",
        machine="Linux",
        tuned={},
        left_out={},
        tracks={board.tracks[0].track: list(rows)},
    )
