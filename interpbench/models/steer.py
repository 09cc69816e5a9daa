"""Steering: bringing a trained network to stated scalars while its answers stay what they are.

Two networks that differ in how they generalise also differ in weight norm, train loss, margins and confidence, so that
a method can tell them apart without looking at what they compute. Here a network is taught its own answers with other
probabilities (self-distillation: Hinton et al. 2015, arXiv:1503.02531, with the network as its own teacher), on its
rows and on unlabelled inputs alike, while its weight norm is pulled to a stated value. Which probabilities, a *table*
says: one line an answer, the least sure first; in a line the network's answer first, then the other classes, the
likeliest first. Which input takes which line is left to the network: lines are assigned by its present order at every
step, so that distributions are met (as in optimal transport on a line) and nothing has to be learnt by heart.

What is left of the differences in loss and norm is then closed exactly, by changes that alter no answer: a factor on
the unembedding, and rescalings of weights that cancel.

No label enters beside those of the rows. Whether the network still gives the answers it gave is for the caller to
check.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sqrt

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Bool, Float, Int
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.forward import Params, logits

_BATCH = 1024
"""Unlabelled inputs a step, and rows a step."""
_SHORT = 0.97
"""Share of the norm that the distillation aims at, so that the exact step, which can only stretch, closes the rest."""
_LEAD = 1.0
"""Nats by which the labels of the rows must lead: a row that is lost would spoil the network."""
_HALVINGS = 60


class Steering(BaseModel):
    """How a network is steered; the same for all networks of a pair."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(default=500, ge=1)
    learning_rate: float = 4e-3
    on_rows: float = 10.0
    """Weight of the divergence on the rows against that on unlabelled inputs."""
    on_odds: float = 0.1
    """Weight of the squared error of the log odds of the answers; the divergence does not see how large an odds is."""
    on_tails: float = 1e-3
    """Weight of the squared error of all log-probabilities."""
    on_answers: float = 10.0
    """Weight of the lead of other classes over the network's former answers; times `on_rows` for the labels."""
    on_scalars: float = 30.0
    """Weight of the squared relative errors of loss, margin and confidence."""
    on_norm: float = 1000.0
    """Weight of the squared error of the logarithm of the norm."""


Table = Float[Tensor, "line k"]
"""Sorted log-probabilities, as the module's text says."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Goal:
    """What a network is steered to.

    Attributes:
        norm: Euclidean norm of all parameters.
        rows: table of the rows' answers.
        unlabelled: table of the unlabelled inputs' answers.
    """

    norm: float
    rows: Table
    unlabelled: Table


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Where the network was when the distillation ended, before loss and norm were closed."""

    norm: float
    loss: float
    margin: float
    confidence: float


def steer(
    config: ModelConfig,
    params: Params,
    rows: Rows,
    unlabelled: Int[Tensor, "input length"],
    goal: Goal,
    steering: Steering,
    rng: torch.Generator,
) -> tuple[Params, Reached]:
    """A copy of the network that is at the goal, as near as it came.

    Args:
        config: architecture.
        params: the trained network.
        rows: labelled inputs that it gets right.
        unlabelled: other inputs of its domain.
        goal: log-probabilities and norm.
        steering: steps and weights.
        rng: draws batches, where there are more inputs than fit into one.

    Returns:
        Parameters, and where the distillation had brought them. Train loss and norm are then exact, unless the norm
        wanted is less than the least that rescaling allows.
    """
    moved = distilled(config, params, rows, unlabelled, goal, steering, rng)
    with torch.no_grad():
        other = logits(config, moved, unlabelled)
        on_rows, on_unlabelled = table(logits(config, moved, rows.tokens), rows.labels), table(other, other.argmax(-1))
    reached = Reached(
        norm=norm_of(moved),
        loss=-float(on_rows[:, 0].mean()),
        margin=float((on_rows[:, 0] - on_rows[:, 1]).mean()),
        confidence=float(on_unlabelled[:, 0].mean()),
    )
    scaled = at_loss(config, moved, rows, -float(goal.rows[:, 0].mean()))
    return stretched(config, scaled, goal.norm), reached


def distilled(
    config: ModelConfig,
    params: Params,
    rows: Rows,
    unlabelled: Int[Tensor, "input length"],
    goal: Goal,
    steering: Steering,
    rng: torch.Generator,
) -> Params:
    """Adam on tables, scalars and norm, from the network with its weights at balance."""
    with torch.no_grad():
        own = logits(config, params, unlabelled).argmax(dim=-1)
    start = stretched(config, at_loss(config, params, rows, -float(goal.rows[:, 0].mean())), 0.0)
    moving = {name: value.clone().requires_grad_() for name, value in start.items()}
    leaves = list(moving.values())
    optimizer = torch.optim.Adam(leaves, lr=steering.learning_rate, betas=(0.9, 0.98), fused=True)
    for step in range(1, steering.steps + 1):
        left = 2 * (steering.steps - step + 1) / (steering.steps + 1)  # falls over the second half
        for group in optimizer.param_groups:
            group["lr"] = steering.learning_rate * min(1.0, step / 10, left)
        shown, other = _batch(len(rows), rng), _batch(len(unlabelled), rng)
        tokens, labels, answers = rows.tokens[shown], rows.labels[shown], own[other]
        out = logits(config, moving, torch.cat([tokens, unlabelled[other]]))
        other_out = out[len(tokens) :]
        on_rows, on_unlabelled = table(out[: len(tokens)], labels), table(other_out, other_out.argmax(dim=-1))
        wanted_rows, wanted_unlabelled = (
            _thinned(goal.rows, len(on_rows)),
            _thinned(goal.unlabelled, len(on_unlabelled)),
        )
        loss = (
            steering.on_rows * _distance(on_rows, wanted_rows, steering)
            + _distance(on_unlabelled, wanted_unlabelled, steering)
            + steering.on_scalars * _scalar_errors(on_rows, on_unlabelled, wanted_rows, wanted_unlabelled)
            + steering.on_answers * _lost(other_out, answers, 0.0)
            + steering.on_rows * steering.on_answers * _lost(out[: len(tokens)], labels, _LEAD)
            + steering.on_norm * (_norm(leaves) / (_SHORT * goal.norm)).log().square()
        )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(leaves, 1.0)
        optimizer.step()
    return {name: value.detach() for name, value in moving.items()}


def _batch(count: int, rng: torch.Generator) -> Tensor | slice:
    return slice(None) if count <= _BATCH else torch.randperm(count, generator=rng)[:_BATCH]


def table(out: Float[Tensor, "n answer k"], answers: Int[Tensor, "n answer"]) -> Table:
    """Sorted log-probabilities of what a network says, given which class counts as its answer; differentiable."""
    log_p = out.flatten(0, 1).log_softmax(dim=-1)
    column = answers.flatten()[:, None]
    others = log_p.scatter(-1, column, float("-inf")).sort(dim=-1, descending=True).values[:, :-1]
    lines = torch.cat([log_p.gather(-1, column), others], dim=-1)
    return lines[log_odds(lines.detach()).argsort(stable=True)]


def log_odds(lines: Table) -> Float[Tensor, " line"]:
    """The logarithm of p(answer) / p(any other); exact where p(answer) rounds to one."""
    return lines[:, 0] - lines[:, 1:].logsumexp(dim=-1)


def _lost(out: Float[Tensor, "n answer k"], answers: Int[Tensor, "n answer"], lead: float) -> Tensor:
    """By how much the answers fail to lead the next class by `lead` nats."""
    own = out.gather(-1, answers[..., None])[..., 0]
    others = out.scatter(-1, answers[..., None], float("-inf")).amax(dim=-1)
    return F.relu(others + lead - own).mean()


def _thinned(lines: Table, count: int) -> Table:
    """As many lines as a batch has, evenly spaced."""
    if count == len(lines):
        return lines
    return lines[((torch.arange(count) + 0.5) * len(lines) / count).long()]


def _distance(got: Table, wanted: Table, steering: Steering) -> Tensor:
    """Divergence from the wanted probabilities, and squared errors of odds and of all log-probabilities."""
    divergence = F.kl_div(got, wanted, reduction="none", log_target=True).sum(dim=-1).mean()
    odds = (log_odds(got) - log_odds(wanted)).square().mean()
    return divergence + steering.on_odds * odds + steering.on_tails * (got - wanted).square().mean()


def _scalar_errors(on_rows: Table, on_unlabelled: Table, wanted_rows: Table, wanted_unlabelled: Table) -> Tensor:
    """Squared relative errors of train loss, mean margin and confidence; a percent of margin counts as ten."""
    loss = on_rows[:, 0].mean() / wanted_rows[:, 0].mean()
    margin = (on_rows[:, 0] - on_rows[:, 1]).mean() / (wanted_rows[:, 0] - wanted_rows[:, 1]).mean()
    confidence = on_unlabelled[:, 0].mean() / wanted_unlabelled[:, 0].mean()
    return loss.log().square() + (10 * (margin - 1)).square() + confidence.log().square()


def norm_of(params: Params) -> float:
    """Euclidean norm of all parameters."""
    return sqrt(sum(float(value.double().square().sum()) for value in params.values()))


def _norm(leaves: list[Tensor]) -> Tensor:
    return torch.stack([leaf.square().sum() for leaf in leaves]).sum().sqrt()


# what is closed exactly


def at_loss(config: ModelConfig, params: Params, rows: Rows, loss: float) -> Params:
    """The network with its logits multiplied by the one factor at which the mean cross-entropy of its rows is `loss`.

    All rows must be right: the loss then falls with the factor.
    """
    with torch.no_grad():
        out = logits(config, params, rows.tokens).double()

    def reached(log_factor: float) -> bool:
        scaled = (out * exp(log_factor)).flatten(0, 1)
        return float(F.cross_entropy(scaled, rows.labels.flatten())) <= loss

    factor = exp(_solve(reached, -20.0, 20.0))
    return {name: value * factor if name.startswith("head.") else value for name, value in params.items()}


def stretched(config: ModelConfig, params: Params, norm: float) -> Params:
    """The same probabilities with weights of this norm, or of the least norm above it that rescaling reaches.

    The unembedding is centred, which takes a constant from the logits of each answer. Pairs of weights whose product
    alone counts (queries and keys, values and outputs of each head; input and output of each homogeneous neuron;
    embedding and input weights of a recurrent unit) are brought to equal shares and then apart, all by one factor,
    until the norm is right.
    """
    doubled = {name: _centred(config, name, value.double()) for name, value in params.items()}
    pairs = _pairs(config, doubled)

    def apart(log_factor: float) -> Params:
        out = dict(doubled)
        for pair in pairs:
            out |= pair(log_factor)
        return out

    if norm_of(apart(0.0)) < norm:
        reached = apart(_solve(lambda log_factor: norm_of(apart(log_factor)) >= norm, 0.0, 5.0))
    else:
        reached = apart(0.0)
    return {name: value.float().contiguous() for name, value in reached.items()}


def _centred(config: ModelConfig, name: str, value: Tensor) -> Tensor:
    """What feeds the logits of an answer, less its mean over classes; other weights as they are."""
    if not name.startswith("head."):
        return value
    by_class = value.view(-1, config.classes, *value.shape[1:])
    return (by_class - by_class.mean(dim=1, keepdim=True)).view(value.shape)


def _solve(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition begins to hold; `high` if it never does."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


_Pair = Callable[[float], Params]
"""Weights of a pair as a function of the logarithm of the factor that sets them apart; balanced at 0."""


def _pairs(config: ModelConfig, params: Params) -> list[_Pair]:
    match config:
        case TransformerConfig():
            return [
                pair
                for layer in range(config.n_layers)
                for pair in (
                    _rescaled(params, f"layers.{layer}.attn", "q", "k", config.n_heads),
                    _rescaled(params, f"layers.{layer}.attn", "v", "o", config.n_heads),
                    *(
                        [_rescaled(params, f"layers.{layer}.mlp", "fc_in", "fc_out", config.d_mlp)]
                        if config.activation == "relu"
                        else []
                    ),
                )
            ]
        case MLPConfig():
            return [_perceptron(params, degree=1 if config.activation == "relu" else 2)]
        case RecurrentConfig():
            return [_recurrent(params)]


def _shares(into: Float[Tensor, " unit"], out: Float[Tensor, " unit"], degree: int) -> Float[Tensor, " unit"]:
    """Factors s at which s^2 |into|^2 + s^(-2 degree) |out|^2 is least, from the squared norms."""
    alive: Bool[Tensor, " unit"] = (into > 0) & (out > 0)
    ratio = degree * out / into.where(alive, 1)
    return torch.where(alive, ratio, 1.0) ** (1 / (2 * degree + 2))


def _rescaled(params: Params, block: str, first: str, second: str, units: int) -> _Pair:
    """Rows of `first` with its bias, against rows (`k`, with its bias) or columns (`o`, `fc_out`) of `second`."""
    names = [f"{block}.{first}.weight", f"{block}.{first}.bias"]
    others = [f"{block}.{second}.weight"] + ([f"{block}.{second}.bias"] if second == "k" else [])

    def by_unit(name: str) -> Tensor:
        value = params[name] if second == "k" or name in names else params[name].T
        return value.reshape(units, -1).square().sum(dim=1)

    into, out = (torch.stack([by_unit(name) for name in side]).sum(dim=0) for side in (names, others))
    s = _shares(into, out, 1)

    def apart(log_factor: float) -> Params:
        factor = (s * exp(log_factor)).repeat_interleave(len(params[names[1]]) // units)
        out = {names[0]: params[names[0]] * factor[:, None], names[1]: params[names[1]] * factor}
        for name in others:
            value = params[name]
            out[name] = value / (factor[:, None] if second == "k" and value.ndim == 2 else factor)
        return out

    return apart


def _perceptron(params: Params, degree: int) -> _Pair:
    into = params["embed.weight"].square().sum(dim=(0, 1)) + params["embed.bias"].square()
    s = _shares(into, params["head.weight"].square().sum(dim=0), degree)

    def apart(log_factor: float) -> Params:
        factor = s * exp(log_factor)
        return {
            "embed.weight": params["embed.weight"] * factor,
            "embed.bias": params["embed.bias"] * factor,
            "head.weight": params["head.weight"] / factor**degree,
        }

    return apart


def _recurrent(params: Params) -> _Pair:
    embed, into = params["tok_embed.weight"], params["weight_ih"]
    s = _shares(embed.square().sum()[None], into.square().sum()[None], 1)[0]

    def apart(log_factor: float) -> Params:
        factor = s * exp(log_factor)
        return {"tok_embed.weight": embed * factor, "weight_ih": into / factor}

    return apart
