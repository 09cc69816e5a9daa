"""The board: judged cells of all methods, reduced to metrics with intervals, comparisons and costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict, model_validator

from interpbench.models.names import numpy_generator
from interpbench.score.access import AccessTier, Contender, by_access
from interpbench.score.compare import Comparison, compare_to
from interpbench.score.inside import Group, by_kind, by_task
from interpbench.score.interval import Estimate, estimate, not_available
from interpbench.score.lead import Lead, leads
from interpbench.score.rank import WorstKind, worst_kind
from interpbench.score.resample import Resample, resample
from interpbench.score.skill import skill
from interpbench.score.stability import Stability, split_weights, stability
from interpbench.score.tiers import tiers
from interpbench.score.units import Evidence, Member, Units
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.track import Metric, Track


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row before it is scored.

    Attributes:
        name: row of the board.
        family: method family.
        rival: whether it is what interpretability must beat.
        inside: whether it looks inside.
        tier: what it sees.
        version: of the method.
        bound: whether it is the oracle, which is compared with nothing.
        dev_score: headline score on suite `dev`; decides who represents a family.
        dev_parts: scores there on the metrics that the headline is made of; decide who represents an access tier.
        calibrated: whether its sign and scale were fixed on `dev`.
        cells: its judged instances, in the same order for all entries of a track.
        statuses: cells by status.
        reasons: what the failed cells said, each once.
        cost: totals, by the names of `CostSummary`.
        reference: whether it spends more than its track grants; it is shown and compared with nothing.
    """

    name: str
    family: str
    rival: bool
    inside: bool
    tier: str
    version: str
    bound: bool
    dev_score: float | None
    calibrated: bool
    cells: Sequence[ScoredCell]
    statuses: Mapping[str, int]
    reasons: Sequence[str]
    cost: "CostSummary"
    dev_parts: Mapping[str, float] = field(default_factory=dict)
    reference: bool = False

    @property
    def compared(self) -> bool:
        """Whether others are held against it, and it against them."""
        return not (self.bound or self.reference)


class CostSummary(BaseModel):
    """What a row cost, over all its cells and studies, as measured outside of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cells: int = 0
    cpu_seconds: float = 0.0
    median_cpu_seconds: float = 0.0
    peak_bytes: int = 0
    queries: int = 0
    models_trained: int = 0


class BoardRow(BaseModel):
    """A scored row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    family: str
    rival: bool
    inside: bool
    """Whether it looks inside: given weights, no rival, and using more than what the network answers."""
    bound: bool
    reference: bool = False
    """Whether it spends more than its track grants."""
    tier: str
    version: str
    calibrated: bool
    dev_score: float | None
    represents: bool
    """Whether it enters comparisons for its family: the best member on `dev`."""
    metrics: dict[str, Estimate]
    skill: Estimate
    worst: WorstKind | None
    rank: int | None
    """Group of methods that these data cannot tell apart, 1 is best."""
    difference: Comparison | None
    """Paired difference of the headline to the best rival."""
    statuses: dict[str, int]
    reasons: list[str]
    cost: CostSummary
    label: str = ""
    """Who says so, where it is not those who publish the board: `self-run`."""

    def alone(self, label: str) -> "BoardRow":
        """The row without what a board says of it by comparing it with its others, for another board."""
        return self.model_copy(update={"label": label, "rank": None, "difference": None, "represents": False})


class TrackBoard(BaseModel):
    """All rows of one track, best first; the bounds stand at the top and at the bottom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    track: str
    headline: str
    metrics: dict[str, Metric]
    rows: list[BoardRow]
    rival: str | None
    rival_chosen: str
    """How the best rival was chosen."""
    instances: int
    families: int
    kinds: dict[str, int]
    """Instances by kind."""
    inside: str | None = None
    """The method that looks inside which was best on `dev`."""
    groups: list[Group] = []
    """Kinds and tasks, with what every row scores there."""
    parts: tuple[str, ...] = ()
    """The metrics that the headline is the mean of."""
    beside: tuple[str, ...] = ()
    """Metrics that stand beside the headline where tiers are compared."""
    scatter: tuple[str, str] | None = None
    """Two metrics that are shown against each other."""
    access: list[AccessTier] = []
    """What each access tier adds; boards of before version 0.2 do not say."""
    leads: dict[str, Lead] = {}
    """Headline, parts and kinds -> who leads; boards of before do not say, nor do metrics with fewer than two rows."""
    stability: Stability | None = None
    """Whether halves of the suite agree on the order of the rows; boards of before do not say."""

    @model_validator(mode="after")
    def _parts_of_before(self) -> "TrackBoard":
        """Boards of before version 0.2 do not name the parts: they are the headline's kinds."""
        if not self.parts:
            kinds = self.metrics[self.headline].kinds
            object.__setattr__(self, "parts", tuple(kind for kind in kinds if kind in self.metrics))
        return self


class Board(BaseModel):
    """What `report` prints."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = 1
    suite: str
    suite_version: str
    partial: bool
    tracks: list[TrackBoard]
    provenance: dict[str, object]
    """Of the scoring."""
    answered_at: list[str] = []
    """Commits at which the answers were made."""
    caption: str = "planted truth, models up to 1e5 parameters; development figures, self-run"


def units_of(refs: Sequence[Ref]) -> Units:
    """What the bootstrap resamples: families, then models of each class inside a stratum."""
    return Units(
        family=[ref.family or ref.task for ref in refs],
        stratum=[ref.group for ref in refs],
        members=[tuple(Member(label, model) for label, model in ref.members) for ref in refs],
    )


def track_board(track: Track, entries: Sequence[Entry], suite: str) -> TrackBoard:
    """Scores all entries of a track on the same bootstrap weights.

    Args:
        track: metrics and `reduce`.
        entries: rows with their judged cells; one of them is the oracle.
        suite: name and version; seeds the bootstrap.
    """
    refs = [cell.ref for cell in entries[0].cells]
    sample = resample(units_of(refs), numpy_generator("bootstrap", track.name, suite))
    kinds = np.array([ref.kind for ref in refs])
    evidence = {
        name: sample.evidence(np.isin(kinds, metric.kinds) if metric.kinds else None)
        for name, metric in track.metrics.items()
    }
    draws = {entry.name: track.reduce(entry.cells, sample.cells) for entry in entries}
    whole = _for_comparisons(track, sample, suite)
    compared = {entry.name: track.reduce(entry.cells, whole.cells) for entry in entries if entry.compared}
    headline = {name: metrics[track.headline] for name, metrics in compared.items()}
    paired = _rests_on(track, whole, kinds, track.headline)
    ranks = _ranks(headline, paired)
    rival, chosen = best_rival(entries, headline)
    comparisons = _comparisons(rival, headline, paired)
    representatives = _representatives(entries)
    inside = _inside(entries)
    pair = None if rival is None or inside is None else (rival, inside)
    rests = {name: _rests_on(track, whole, kinds, name) for name in track.metrics}
    rows = [
        BoardRow(
            name=entry.name,
            family=entry.family,
            rival=entry.rival,
            inside=entry.inside,
            bound=entry.bound,
            reference=entry.reference,
            tier=entry.tier,
            version=entry.version,
            calibrated=entry.calibrated,
            dev_score=entry.dev_score,
            represents=entry.name in representatives,
            metrics=(metrics := _metrics(track, draws[entry.name], evidence)),
            skill=_skill(track, draws[entry.name], evidence),
            worst=_worst(track, metrics),
            rank=ranks.get(entry.name),
            difference=comparisons.get(entry.name),
            statuses=dict(entry.statuses),
            reasons=list(entry.reasons),
            cost=entry.cost,
        )
        for entry in entries
    ]
    return TrackBoard(
        track=track.name,
        headline=track.headline,
        metrics=dict(track.metrics),
        rows=sorted([*rows, _chance(track, len(refs))], key=lambda row: board_order(row, track.headline)),
        rival=rival,
        rival_chosen=chosen,
        instances=len(refs),
        families=len(sample.family_names),
        kinds={kind: int((kinds == kind).sum()) for kind in sorted(set(kinds.tolist()))},
        inside=inside,
        parts=tuple(track.parts),
        beside=tuple(track.beside),
        scatter=track.scatter,
        access=by_access(
            [_contender(entry, track.headline) for entry in entries if entry.compared],
            compared,
            [track.headline, *track.parts],
            rests,
        ),
        leads=leads(
            track.metrics,
            (track.headline, *track.parts),
            (compared, rests),
            ({name: draws[name] for name in compared}, evidence),
        ),
        stability=_stability(track, [entry for entry in entries if entry.compared], sample.units, kinds, suite),
        groups=[*by_kind(compared, whole, kinds.tolist(), pair), *_tasks(track, entries, kinds)],
    )


def headline_draws(
    track: Track, cells: Mapping[str, Sequence[ScoredCell]], suite: str
) -> tuple[dict[str, Float[np.ndarray, " draw"]], Evidence]:
    """The headline of some rows on the weights that a board compares rows with, and what their differences rest on.

    Args:
        track: metrics and `reduce`.
        cells: row -> its judged instances, all in the suite's order.
        suite: name and version; seeds the bootstrap as in `track_board`.

    Returns:
        Row -> its headline (place 0: the value; then its bootstrap draws), and the evidence of `compare_to`.
    """
    refs = [cell.ref for cell in next(iter(cells.values()))]
    sample = resample(units_of(refs), numpy_generator("bootstrap", track.name, suite))
    whole = _for_comparisons(track, sample, suite)
    kinds = np.array([ref.kind for ref in refs])
    draws = {name: track.reduce(of_row, whole.cells)[track.headline] for name, of_row in cells.items()}
    return draws, _rests_on(track, whole, kinds, track.headline)


def _contender(entry: Entry, headline: str) -> Contender:
    whole = {} if entry.dev_score is None else {headline: entry.dev_score}
    parts = {**entry.dev_parts, **whole} if entry.dev_parts else {}
    return Contender(entry.name, entry.tier, entry.dev_score, parts)


def _rests_on(track: Track, sample: Resample, kinds: np.ndarray, metric: str) -> Evidence:
    used = track.metrics[metric].kinds
    return sample.evidence(np.isin(kinds, used) if used else None)


def _stability(track: Track, entries: Sequence[Entry], units: Units, kinds: np.ndarray, suite: str) -> Stability:
    weights = split_weights(units, kinds.tolist(), numpy_generator("stability", track.name, suite))
    return stability({entry.name: track.reduce(entry.cells, weights)[track.headline] for entry in entries}, weights)


def _inside(entries: Sequence[Entry]) -> str | None:
    known = [entry for entry in entries if entry.inside and entry.dev_score is not None]
    return min(known, key=lambda entry: (-(entry.dev_score or 0.0), entry.name)).name if known else None


def _tasks(track: Track, entries: Sequence[Entry], kinds: np.ndarray) -> list[Group]:
    task = np.array([cell.ref.task for cell in entries[0].cells])
    names = list(dict.fromkeys(task.tolist()))
    weights = np.array([task == name for name in names], dtype=float)
    used = track.metrics[track.headline].kinds
    counted = weights * np.isin(kinds, used) if used else weights
    headline = {entry.name: track.reduce(entry.cells, weights)[track.headline] for entry in entries if entry.compared}
    return by_task(headline, names, counted.sum(axis=1).astype(int).tolist())


def _for_comparisons(track: Track, sample: Resample, suite: str) -> Resample:
    """Weights for differences and tiers: whole families are resampled, where there is more than one.

    A paired difference shares the luck of the models between both methods; resampling models inside families as well
    counts it once more and leaves no power with few families (docs/decisions/004).
    """
    if sample.one_family:
        return sample
    return resample(sample.units, numpy_generator("differences", track.name, suite), models=False)


def best_rival(entries: Sequence[Entry], headline: Mapping[str, Float[np.ndarray, " draw"]]) -> tuple[str | None, str]:
    """The rival to beat: the highest on this very suite, so that the choice flatters the rival and never a method.

    To add something, a method has to beat every rival; whoever beats the highest does (docs/decisions/012). Among
    equals the one that was best on suite `dev` is named.
    """
    rivals = [entry for entry in entries if entry.rival and entry.name in headline and entry.statuses.get("ok")]
    if not rivals:
        return None, "no rival ran"
    scored = [entry for entry in rivals if np.isfinite(headline[entry.name][0])]
    if not scored:
        return None, "no rival has a score"
    best = max(scored, key=lambda entry: (float(headline[entry.name][0]), entry.dev_score or 0.0, entry.name))
    return best.name, "the highest here, which flatters it and no method"


def _representatives(entries: Sequence[Entry]) -> set[str]:
    best: dict[str, Entry] = {}
    for entry in entries:
        if not entry.compared:
            continue
        rank = (entry.dev_score is not None, entry.dev_score or 0.0)
        held = best.get(entry.family)
        if held is None or rank > (held.dev_score is not None, held.dev_score or 0.0):
            best[entry.family] = entry
    return {entry.name for entry in best.values()}


def _metrics(
    track: Track, draws: Mapping[str, Float[np.ndarray, " draw"]], evidence: Mapping[str, Evidence]
) -> dict[str, Estimate]:
    return {
        name: estimate(draws[name], evidence[name], limits=(metric.lowest, metric.highest))
        for name, metric in track.metrics.items()
    }


def _skill(track: Track, draws: Mapping[str, Float[np.ndarray, " draw"]], evidence: Mapping[str, Evidence]) -> Estimate:
    metric = track.metrics[track.headline]
    scaled = skill(draws[track.headline], chance=metric.chance, ceiling=metric.ceiling)
    return estimate(scaled, evidence[track.headline], limits=(-1.0, 1.0))


def _worst(track: Track, metrics: Mapping[str, Estimate]) -> WorstKind | None:
    kinds = {name: metrics[name] for name in track.parts}
    return worst_kind(kinds) if kinds else None


def _ranks(headline: Mapping[str, Float[np.ndarray, " draw"]], evidence: Evidence) -> dict[str, int]:
    if not headline:
        return {}
    return {name: place for place, tier in enumerate(tiers(headline, evidence).tiers, start=1) for name in tier}


def _comparisons(
    rival: str | None, headline: Mapping[str, Float[np.ndarray, " draw"]], evidence: Evidence
) -> dict[str, Comparison]:
    if rival is None:
        return {}
    return {comparison.method: comparison for comparison in compare_to(rival, headline, evidence)}


def _chance(track: Track, instances: int) -> BoardRow:
    """The row of an answer that knows nothing: exact, so without an interval."""
    metrics = {
        name: Estimate(value=metric.chance, low=metric.chance, high=metric.chance, n=instances, families=0)
        for name, metric in track.metrics.items()
        if name not in {"coverage", "answered"}
    }
    metrics |= {name: not_available("chance answers nothing") for name in track.metrics if name not in metrics}
    return BoardRow(
        name="chance",
        family="bounds",
        rival=False,
        inside=False,
        bound=True,
        tier="data",
        version="1.0",
        calibrated=True,
        dev_score=None,
        represents=False,
        metrics=metrics,
        skill=Estimate(value=0.0, low=0.0, high=0.0, n=instances, families=0),
        worst=None,
        rank=None,
        difference=None,
        statuses={},
        reasons=[],
        cost=CostSummary(),
    )


def board_order(row: BoardRow, headline: str) -> tuple[int, float, str]:
    """Oracle first, chance last, the others by score; without a score before chance."""
    value = row.metrics[headline].value
    group = {"oracle": 0, "chance": 2}.get(row.name, 1)
    return group, -(value if value is not None else -1.0), row.name
