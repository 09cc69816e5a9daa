"""Judging an answer, and the metrics of the track."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from interpbench.tracks.features.answer import FeatureAnswer
from interpbench.tracks.features.gain import gain, r_squared
from interpbench.tracks.features.key import FeatureKey, Kind, dense
from interpbench.tracks.features.matching import Codes, firing, match, parents, truncated
from interpbench.tracks.features.question import Wants
from interpbench.tracks.features.refusal import refusal
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.means import Weights, mean, mean_of, share
from interpbench.tracks.track import Metric

KINDS = tuple(kind for kind in Kind if kind is not Kind.NULL)
"""Those that the headline is the mean of."""
CODED = (Kind.SUPERPOSITION, Kind.COMPOSITIONAL, Kind.HIERARCHY, Kind.ATTENTION_FEATURES)
"""Those that ask for codes."""
_WORST = -3.0
"""Of a hypothesis: sure, and wrong."""
_LOWEST = (_WORST - (len(KINDS) - 1)) / len(KINDS)


def _share(
    title: str, about: str, *kinds: Kind, lowest: float = 0.0, chance: float = 0.0, ceiling: float = 1.0
) -> Metric:
    return Metric(title=title, about=about, chance=chance, ceiling=ceiling, lowest=lowest, percent=True, kinds=kinds)


_MATCHED = "correlation of planted variables with latents, matched one to one, what has no partner counting 0"
_OVER_RANDOM = f"{_MATCHED}; 0 for random dictionaries, 1 for all variables"
_OVER_TWIN = (
    "R^2 of predictions, on a scale where a ridge regression on an untrained twin, or a constant if that is better, "
    "has 0 and a ridge regression on the network has 1"
)

METRICS: Mapping[str, Metric] = {
    "recovered": _share(
        "recovered",
        "how much of what is planted is recovered, 0 by chance; mean over the kinds of world",
        *KINDS,
        lowest=_LOWEST,
    ),
    "superposition": _share(
        "superposition", f"more features than dimensions: {_OVER_RANDOM}", Kind.SUPERPOSITION, lowest=-1.0
    ),
    "compositional": _share(
        "compositional",
        f"combinations that were never shown: {_OVER_RANDOM}",
        Kind.COMPOSITIONAL,
        lowest=-1.0,
    ),
    "hypothesis": _share(
        "hypothesis",
        "clusters or superposition: 1 - (P - truth)^2 / .25, 0 for P = .5 and 1 for the truth",
        Kind.HYPOTHESIS,
        lowest=_WORST,
    ),
    "hierarchy": _share(
        "hierarchy",
        f"features within features: half {_OVER_RANDOM}; half how often parents' latents fire under their children, on "
        "the same scale",
        Kind.HIERARCHY,
        lowest=-1.0,
    ),
    "circular": _share("circular", f"a variable on a circle: {_OVER_TWIN}", Kind.CIRCULAR, lowest=-1.0),
    "belief_state": _share(
        "belief state", f"what may be known of a hidden state: {_OVER_TWIN}", Kind.BELIEF_STATE, lowest=-1.0
    ),
    "board": _share("board", f"the state of a game: {_OVER_TWIN}", Kind.BOARD, lowest=-1.0),
    "transfer": _share("transfer", f"variables at positions without labels: {_OVER_TWIN}", Kind.TRANSFER, lowest=-1.0),
    "attention_features": _share(
        "attention features", f"what heads carry: {_OVER_RANDOM}", Kind.ATTENTION_FEATURES, lowest=-1.0
    ),
    "correlation": _share("correlation", f"codes: {_MATCHED}, before random dictionaries are taken off", *CODED),
    "firing": _share(
        "F1",
        "codes: F1 of a latent's firing for its variable being on, over matched pairs; what has no partner counts 0",
        *CODED,
    ),
    "l0": Metric(
        title="L0",
        about="codes: mean number of latents that fire at an input",
        chance=0.0,
        ceiling=0.0,
        highest=256.0,
        kinds=CODED,
    ),
    "absorption": _share(
        "absorption",
        "hierarchy: how much rarer a parent's latent fires with a child than without; lower is better, and 0 also for "
        "one that never fires",
        Kind.HIERARCHY,
        ceiling=0.0,
    ),
    "splitting": _share(
        "splitting",
        "hierarchy: F1 that three more latents add to a parent's best one; lower is better",
        Kind.HIERARCHY,
        ceiling=0.0,
    ),
    "present_brier": Metric(
        title="Brier (present)",
        about="mean squared error of P(something is planted), half over worlds with something, half over worlds "
        "without; lower is better",
        chance=0.25,
        ceiling=0.0,
    ),
    "false_positives": _share(
        "false pos.",
        "share of worlds without anything of which P(something is planted) > .5 (unanswered: half); lower is better",
        Kind.NULL,
        chance=0.5,
        ceiling=0.0,
    ),
    "coverage": _share("coverage", "share of instances answered"),
    "answered": _share("answered", "`recovered` over the answered instances alone", *KINDS, lowest=_LOWEST),
}


def judge(ref: Ref, key: FeatureKey, answers: Mapping[str, FeatureAnswer | None]) -> ScoredCell:
    """What an answer is worth; a missing one scores chance.

    Args:
        ref: the instance, of one unit.
        key: its truth.
        answers: unit -> answer; None where the cell failed.
    """
    answer = answers.get(ref.units[0])
    family = ref.family or ref.task
    fault = "" if answer is None else answer.not_applicable or _refusal(key, answer)
    if answer is None or fault:
        return ScoredCell(ref=ref, values=_nothing(key), answered=False, reason=fault or "", family=family)
    values = {"present_brier": (answer.p_present - key.present) ** 2}
    if not key.present:
        values["false_positive"] = 0.5 + 0.5 * float(np.sign(answer.p_present - 0.5))
        return ScoredCell(ref=ref, values=values, family=family)
    match key.wants:
        case Wants.CODES:
            assert answer.active is not None
            assert answer.values is not None
            values |= coded(key, dense(answer.active, answer.values, key.size))
        case Wants.PREDICTIONS:
            reached = r_squared(np.array(answer.predictions, dtype=float), np.array(key.truths))
            values["score"] = gain(reached, key.untrained, key.ceiling)
        case Wants.SUPERPOSED:
            assert answer.p_superposed is not None
            assert key.superposed is not None
            values["score"] = 1 - (answer.p_superposed - key.superposed) ** 2 / 0.25
    return ScoredCell(ref=ref, values=values, family=family)


def coded(key: FeatureKey, codes: Codes) -> dict[str, float]:
    """What codes are worth: over random dictionaries, and in all that stands beside."""
    codes = truncated(codes, key.active)
    raw = recovered(key, codes)
    score = over(raw["correlation"], key.floor)
    if key.parents:
        score = 0.5 * (score + over(raw.pop("kept"), key.parents_floor))
    return raw | {"score": score, "l0": float((codes != 0).sum(axis=1).mean())}


def recovered(key: FeatureKey, codes: Codes) -> dict[str, float]:
    """The parts of a score before the floor, the mean over random dictionaries, is taken off."""
    planted = key.dense()
    unseen = np.array(key.unseen, dtype=bool) if key.unseen else None
    found = match(planted, codes, key.size, unseen)
    values = {"correlation": found.recovered, "firing": firing(planted, codes, found)}
    if key.parents:
        fared = parents(planted, codes, np.array(key.parents), found)
        values |= {"kept": fared.kept, "absorption": fared.absorption, "splitting": fared.splitting}
    return values


def over(value: float, floor: float) -> float:
    """(value - floor) / (1 - floor), in [-1, 1]."""
    return float(np.clip((value - floor) / max(1 - floor, 1e-9), -1.0, 1.0))


def _refusal(key: FeatureKey, answer: FeatureAnswer) -> str | None:
    return refusal(key.wants, key.asked, key.size, len(key.truths[0]) if key.truths else 0, answer)


def _nothing(key: FeatureKey) -> dict[str, float]:
    values = {"present_brier": 0.25}
    return values | ({"score": 0.0} if key.present else {"false_positive": 0.5})


def reduce(cells: Sequence[ScoredCell], weights: Weights) -> dict[str, Float[np.ndarray, " replicate"]]:
    """Metrics under each row of multiplicities; NaN where nothing counts."""
    kinds = np.array([cell.ref.kind for cell in cells])
    answered = np.array([cell.answered for cell in cells], dtype=bool)
    null = kinds == Kind.NULL.value
    everything = np.ones(len(cells), dtype=bool)

    def parts(among: np.ndarray) -> dict[str, Float[np.ndarray, " replicate"]]:
        return {kind.value: mean(cells, weights, "score", (kinds == kind.value) & among) for kind in KINDS}

    of_kinds = parts(everything)
    beside = ("correlation", "firing", "l0", "absorption", "splitting")
    return {
        "recovered": mean_of(list(of_kinds.values()), len(weights)),
        **of_kinds,
        **{name: mean(cells, weights, name, everything) for name in beside},
        "present_brier": mean_of([mean(cells, weights, "present_brier", mask) for mask in (null, ~null)], len(weights)),
        "false_positives": mean(cells, weights, "false_positive", null),
        "coverage": share(weights, answered),
        "answered": mean_of(list(parts(answered).values()), len(weights)),
    }
