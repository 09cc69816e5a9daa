"""Logistic probes of the states that lead to the answers, fitted for all answers at once."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.data import Domain
from interpbench.models.subject import Subject

_STEPS = 100
"""Of L-BFGS; accuracies have settled by then."""


def answer_states(
    subject: Subject, tokens: Int[Tensor, "row length"], sites: Sequence[str]
) -> list[Float[Tensor, "answer row feature"]]:
    """The states of each site at the answer positions, in float64, from one pass.

    An architecture with one state for all positions reads every answer from it.
    """
    positions = list(subject.config.positions)
    activations = subject.activations(tokens, sites)
    found = []
    for site in sites:
        states = activations[site].double().transpose(0, 1)  # (position, row, feature)
        found.append(states.expand(len(positions), -1, -1) if len(states) == 1 else states[positions])
    return found


def control_labels(
    tokens: Int[Tensor, "row length"], domain: Domain, rng: torch.Generator
) -> Int[Tensor, "row answer"]:
    """Hewitt & Liang's control task: every input token has a random label, the same wherever it stands.

    The token of an answer is the last one up to its position that can vary, so that rows of both halves share it.
    Labels are dealt out evenly and not drawn one by one: of two letters half of all draws would give both the same
    label, a control task without anything to learn.

    References:
        Hewitt & Liang 2019, Designing and interpreting probes with control tasks (arXiv:1909.03368).
    """
    varies = [len(alphabet) > 1 for alphabet in domain.alphabets]
    letters = sorted({letter for alphabet in domain.alphabets if len(alphabet) > 1 for letter in alphabet})
    deal = torch.randperm(domain.classes, generator=rng)  # which label comes first, where letters run out
    labels = torch.zeros(domain.vocabulary, dtype=torch.int64)
    labels[letters] = deal[torch.randperm(len(letters), generator=rng) % domain.classes]
    last = [max((p for p in range(position + 1) if varies[p]), default=0) for position in domain.positions]
    return labels[tokens[:, last]]


def held_out_accuracy(
    states: Float[Tensor, "answer row feature"],
    labels: Int[Tensor, "row answer"],
    classes: int,
    fitted: Int[Tensor, " fitted"],
    held: Int[Tensor, " held"],
    penalty: float,
) -> float:
    """Share of the held-out answers that a logistic classifier, one an answer, gets right.

    States are centred and divided by one number, their root mean variance, so that neither their scale nor a rotation
    of them matters to the penalty.
    """
    centred = states - states[:, fitted].mean(dim=1, keepdim=True)
    unit = centred[:, fitted].square().mean(dim=(1, 2), keepdim=True).sqrt().clamp_min(1e-12)
    x = centred / unit
    weights, bias = fit_logistic(x[:, fitted], labels[fitted].T, classes, penalty)
    guesses = (x[:, held] @ weights + bias).argmax(dim=-1)  # (answer, held)
    return float((guesses == labels[held].T).double().mean())


def fit_logistic(
    x: Float[Tensor, "problem row feature"], labels: Int[Tensor, "problem row"], classes: int, penalty: float
) -> tuple[Float[Tensor, "problem feature class"], Float[Tensor, "problem 1 class"]]:
    """Weights and biases that minimise mean cross-entropy + penalty / 2 |weights|^2, by L-BFGS, all problems together.

    The same as scikit-learn's `LogisticRegression(C=1 / (rows * penalty))`, whose import alone costs more than all fits
    of a subject.
    """
    weights = x.new_zeros(len(x), x.shape[-1], classes, requires_grad=True)
    bias = x.new_zeros(len(x), 1, classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=_STEPS, tolerance_grad=1e-5, line_search_fn="strong_wolfe")

    def objective() -> Tensor:
        optimizer.zero_grad()
        out = (x @ weights + bias).flatten(0, 1)
        value = F.cross_entropy(out, labels.flatten()) * len(x) + penalty / 2 * weights.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(objective)  # type: ignore[no-untyped-call]
    return weights.detach(), bias.detach()
