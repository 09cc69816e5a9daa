"""The matched split: pairs whose weight norm, train loss, margins and confidence say nothing.

Networks that generalise are smaller, surer and fitted otherwise than networks that memorise, so that four scalars that
cost nothing solve most pairs. Choosing pairs that lie close to each other does not help: among those the sign still
tells. Here the two networks of a pair are *steered* (`interpbench.models.steer`) to common values of the four scalars,
and then a little apart, with signs drawn from names: in one half of the pairs the generaliser has the larger value.

What is common is more than four numbers. Both are taught one table of sorted log-probabilities, the mean of both
networks' tables: on its k-th surest input each is to give its own answer the probability that stands there, its second
choice the next one, and so on. So every function of the sorted probabilities (entropy, quantiles of margins, energy)
is the same for both, as far as steering gets them there.

Scalars that are not steered (minimal norm, sharpness, ...) stay what they are, and are rivals on these pairs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import sqrt

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from interpbench.models.config import ModelConfig
from interpbench.models.data import Rows
from interpbench.models.forward import Params, logits
from interpbench.models.names import numpy_generator
from interpbench.models.steer import Goal, Steering, Table, log_odds, norm_of, table
from interpbench.models.subject import Network
from interpbench.models.train import Training
from interpbench.toolkit.balance import equalised
from interpbench.toolkit.row_loss import row_losses
from interpbench.toolkit.tempering import EQUAL_LOSS, equalising_factor

SCALARS = ("norm", "loss", "margin", "confidence")
"""What is steered."""
APART = 0.01
"""Relative distance of each network from the common value of a scalar; those of a pair are twice this apart."""
TOLERANCE = 0.05
"""Relative distance from its goal at which a network does not count as steered."""
HEADROOM = 1.05
"""The common norm over the geometric mean of both norms: the network that has to shrink then gets there."""
_HALVINGS = 60
_BALANCED = [signs for signs in product((1, -1), repeat=4) if signs[0] * signs[1] * signs[2] * signs[3] == 1]
"""Eight vectors of signs: each scalar is + in half of them whatever another is, and with each its negative is there."""


class Signs(BaseModel):
    """On which side of the common value a network is put: 1 is the larger value, -1 the smaller."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    norm: int
    loss: int
    margin: int
    confidence: int
    """Mean log-probability of the likeliest answer; larger is surer."""

    @property
    def opposite(self) -> "Signs":
        """Those of the other network of the pair."""
        return Signs(**{name: -value for name, value in self})


class Partner(BaseModel):
    """The network that another one is steered towards, and what decides which inputs it has met."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    fraction: float
    poison: float = 0.0
    hidden: float = 0.0
    wide_start: float = 0.0
    random_labels: Training | None = None


class Steered(BaseModel):
    """How a steered copy comes about, beside the recipe of the network that it is a copy of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    """The network that is copied."""
    partner: Partner
    shown: float
    """Share of the orbits in the rows that the pair is shown with: the smaller one of the two networks'."""
    generalises: bool
    """What the source is wanted to be, and the copy with it."""
    signs: Signs
    """Sides of this copy."""
    steering: Steering = Steering()


@dataclass(frozen=True, kw_only=True)
class Match:
    """Two networks to steer towards each other, by name."""

    generaliser: str
    memoriser: str
    signs: Signs
    """Sides of the generaliser."""


def matches(generalisers: Sequence[str], memorisers: Sequence[str], count: int, *names: str | int) -> list[Match]:
    """Which networks of one stratum and split meet: each as often as the others, no two twice, signs balanced.

    Args:
        generalisers: names of networks on the same rows.
        memorisers: names of networks that may be paired with each of them.
        count: pairs wanted; there are fewer where the networks do not suffice.
        names: where the choice and the signs are drawn from.
    """
    rng = numpy_generator(*names, "matches")
    first = [generalisers[place] for place in rng.permutation(len(generalisers))]
    second = [memorisers[place] for place in rng.permutation(len(memorisers))]
    rounds = [
        (first[(place + turn) % len(first)], one) for turn in range(len(first)) for place, one in enumerate(second)
    ]
    chosen = rounds[:count]
    return [
        Match(generaliser=one, memoriser=other, signs=signs)
        for (one, other), signs in zip(chosen, draw_signs(len(chosen), *names), strict=True)
    ]


def draw_signs(count: int, *names: str | int) -> list[Signs]:
    """Signs of the first networks of `count` pairs, balanced: of eight in a row, four are + in each scalar.

    Where `count` is no multiple of eight, the rest is made of vectors with their negatives; only an odd one out is
    unbalanced.
    """
    rng = numpy_generator(*names, "signs")
    halves = [signs for signs in _BALANCED if signs[0] == 1]
    out: list[tuple[int, ...]] = []
    while len(out) < count:
        block = []
        for place in rng.permutation(len(halves)):
            flip = int(rng.choice([1, -1]))
            block += [tuple(flip * sign for sign in halves[place]), tuple(-flip * sign for sign in halves[place])]
        out += block
    return [Signs(**dict(zip(SCALARS, signs, strict=True))) for signs in out[:count]]


@dataclass(frozen=True, kw_only=True)
class Scalars:
    """The four scalars of a network, as the methods that use them define them."""

    norm: float
    """Euclidean norm of all parameters."""
    loss: float
    """Mean cross-entropy of the shown rows."""
    margin: float
    """Mean margin of the shown rows at the temperature at which their mean cross-entropy is .01."""
    confidence: float
    """Mean log-probability of the likeliest answer on unlabelled inputs."""


def scalars(config: ModelConfig, params: Params, rows: Rows, unlabelled: Int[Tensor, "input length"]) -> Scalars:
    """Measures them."""
    with torch.no_grad():
        on_rows = logits(config, params, rows.tokens).double()
        on_unlabelled = logits(config, params, unlabelled).double()
    at_label = F.one_hot(rows.labels, on_rows.shape[-1]).bool()
    others = on_rows.masked_fill(at_label, float("-inf")).amax(dim=-1)
    margins = on_rows.gather(-1, rows.labels[..., None])[..., 0] - others
    return Scalars(
        norm=norm_of(params),
        loss=float(row_losses(on_rows, rows.labels).mean()),
        margin=float(margins.mean()) * equalising_factor(on_rows, rows.labels),
        confidence=float(on_unlabelled.log_softmax(dim=-1).amax(dim=-1).mean()),
    )


def stated(goal: Goal) -> Scalars:
    """The scalars of a network that is at the goal."""
    lines = goal.rows[:, None].double()  # (line, answer, k): logits whose label is class 0
    margin = (goal.rows[:, 0] - goal.rows[:, 1]).double().mean()
    return Scalars(
        norm=goal.norm,
        loss=-float(goal.rows[:, 0].double().mean()),
        margin=float(margin) * equalising_factor(lines, torch.zeros(len(lines), 1, dtype=torch.int64)),
        confidence=float(goal.unlabelled[:, 0].double().mean()),
    )


def missed(wanted: Scalars, reached: Scalars) -> str | None:
    """Which scalar of a steered network is farther from its goal than `TOLERANCE`, or None: what its gate asks.

    Args:
        wanted: what `stated` says of its goal.
        reached: what was measured.
    """
    for name in SCALARS:
        got, want = getattr(reached, name), getattr(wanted, name)
        if abs(got / want - 1) > TOLERANCE:
            return f"{name} {got:.4g}, steered to {want:.4g}"
    return None


def goals(
    config: ModelConfig,
    networks: tuple[Params, Params],
    rows: Rows,
    unlabelled: Int[Tensor, "input length"],
    signs: Signs,
) -> tuple[Goal, Goal]:
    """What the two networks of a pair are steered to.

    Both are brought to a train loss of .01 first, by a factor on all logits; their tables are averaged there.

    Args:
        config: architecture of both.
        networks: the trained networks, both right on all rows.
        rows: what is shown with the pair.
        unlabelled: inputs outside the rows.
        signs: sides of the first network; the second is put on the opposite ones.
    """
    on_rows, on_other, norms = [], [], []
    for params in networks:
        subject = Network(config, params)
        out, other = subject.logits(rows.tokens).double(), subject.logits(unlabelled).double()
        factor = equalising_factor(out, rows.labels)
        on_rows.append(table(out * factor, rows.labels))
        on_other.append(table(other * factor, other.argmax(dim=-1)))
        norms.append(norm_of(equalised(subject, rows)))
    common_rows, common_other = _mean(on_rows), _mean(on_other)
    common_rows = _with_odds(common_rows, _at_mean(log_odds(common_rows), -EQUAL_LOSS))
    margin = float((common_rows[:, 0] - common_rows[:, 1]).mean())
    confidence = float(common_other[:, 0].mean())

    def goal(sides: Signs) -> Goal:
        wanted = _at_margin(common_rows, margin * (1 + APART * sides.margin))
        # a confidence is negative: the larger value is the one nearer to zero
        odds = _at_mean(log_odds(common_other), confidence * (1 - APART * sides.confidence))
        return Goal(
            norm=HEADROOM * sqrt(norms[0] * norms[1]) * (1 + APART * sides.norm),
            rows=_at_loss(wanted, EQUAL_LOSS * (1 + APART * sides.loss)).float(),
            unlabelled=_with_odds(common_other, odds).float(),
        )

    return goal(signs), goal(signs.opposite)


def _mean(tables: Sequence[Table]) -> Table:
    return torch.stack(list(tables)).mean(dim=0).log_softmax(dim=-1)


def _with_odds(lines: Table, odds: Float[Tensor, " line"]) -> Table:
    """Other odds of the answer, never below those at which the second choice would tie with it."""
    rest = lines[:, 1:].log_softmax(dim=-1)
    odds = torch.maximum(odds, rest[:, 0])
    return torch.cat([F.logsigmoid(odds)[:, None], F.logsigmoid(-odds)[:, None] + rest], dim=1)


def _at_mean(odds: Float[Tensor, " line"], mean: float) -> Float[Tensor, " line"]:
    """Odds shifted by a constant until the mean log-probability is `mean`."""
    return odds + _solve(lambda shift: float(F.logsigmoid(odds + shift).mean()) >= mean, -60.0, 60.0)


def _at_margin(lines: Table, margin: float) -> Table:
    """Odds drawn together or apart, at a mean cross-entropy of .01, until the mean margin is `margin`.

    The cross-entropy is convex in the odds: at a fixed mean of it, the mean of the odds rises with their spread.
    """
    odds = log_odds(lines)

    def at(log_spread: float) -> Table:
        spread = odds.mean() + (odds - odds.mean()) * 2.0**log_spread
        return _with_odds(lines, _at_mean(spread, -EQUAL_LOSS))

    def reached(log_spread: float) -> bool:
        changed = at(log_spread)
        return float((changed[:, 0] - changed[:, 1]).mean()) >= margin

    return at(_solve(reached, -4.0, 4.0, halvings=20))


def _at_loss(lines: Table, loss: float) -> Table:
    """All logits times one factor, which leaves the tempered margin alone."""

    def at(factor: float) -> Table:
        return (lines * factor).log_softmax(dim=-1)

    return at(_solve(lambda factor: -float(at(factor)[:, 0].mean()) <= loss, 0.5, 2.0))


def _solve(holds: Callable[[float], bool], low: float, high: float, halvings: int = _HALVINGS) -> float:
    """Where a condition begins to hold."""
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
