"""Checking an instance: everything that it states, derived again from what a method would see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from interpbench.models.data import Rows
from interpbench.models.forward import logits
from interpbench.models.names import digest
from interpbench.tracks.generalization.accuracy import balanced_accuracy
from interpbench.tracks.generalization.key import GradedKey, PairKey
from interpbench.tracks.generalization.question import Question
from interpbench.tracks.generalization.recipe import Verdict, verdict
from interpbench.tracks.generalization.splits import Universe
from interpbench.tracks.instance import Instance, Problem

Label = Callable[[Int[Tensor, "row length"]], Int[Tensor, "row answer"]]


TIE = 1e-5
"""Two largest logits nearer than this share of the largest: float32 decides between them, differently once the network
is disguised (docs/decisions/007). One input in 20,000 is like that in some networks."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Right:
    """What a network gets right of all inputs, and where that is a matter of rounding."""

    right: Bool[Tensor, " row"]
    tied: Bool[Tensor, " row"]

    def accuracy(self, truth: Int[Tensor, "row answer"], unseen: Bool[Tensor, " row"]) -> tuple[float, float, float]:
        """Balanced accuracy as it is, and with every tie lost, and won."""
        sides = (self.right, self.right & ~self.tied, self.right | self.tied)
        as_is, lost, won = (balanced_accuracy(side, truth, unseen) for side in sides)
        return as_is, lost, won


Rights = dict[str, Right]
"""By a hash of the weights: most networks stand in several instances."""


def check_instance(
    instance: Instance,
    universe: Universe,
    label: Label,
    trained_on: Mapping[str, Bool[Tensor, " row"]],
    chance: float,
    random: Mapping[str, Int[Tensor, "row answer"]] | None = None,
    known: Rights | None = None,
) -> list[Problem]:
    """Re-derives the key from the disguised weights, the shown rows and the planted rule.

    Args:
        instance: questions and key.
        universe: all inputs.
        label: the planted rule.
        trained_on: unit -> which inputs its network was trained on.
        chance: accuracy of the best constant answer.
        random: unit -> labels of all inputs, for networks that were taught random labels.
        known: filled with what each network gets right, and looked up first.

    Returns:
        Every fault: wrong labels, train accuracy below 1, a shown row that was not trained on, an accuracy that is not
        the key's, a pair that is not one generaliser and one memoriser, rows or architectures that differ.
    """
    what: list[str] = []
    for unit, question in instance.questions.items():
        taught = (random or {}).get(unit)
        what += [f"{unit}: {fault}" for fault in question_faults(question, universe, label, trained_on[unit], taught)]
    found = _accuracies(instance, universe, label, trained_on, {} if known is None else known)
    accuracies = [as_is for as_is, _, _ in found]
    key = instance.key
    stated = [key.test] if isinstance(key, GradedKey) else [key.test_a, key.test_b]
    if any(not lost - 1e-9 <= want <= won + 1e-9 for (_, lost, won), want in zip(found, stated, strict=True)):
        what.append(f"test accuracies {accuracies} from the weights, {stated} in the key")
    if isinstance(key, PairKey):
        what += _pair_faults(key, accuracies, chance, list(instance.questions.values()))
    return [Problem(where=instance.ref.id, what=fault) for fault in what]


def question_faults(
    question: Question,
    universe: Universe,
    label: Label,
    trained_on: Bool[Tensor, " row"],
    taught: Int[Tensor, "row answer"] | None,
) -> list[str]:
    """What is wrong with a question: its labels, its rows, or that the network does not get them right."""
    faults = []
    if taught is None and not torch.equal(question.rows.labels, label(question.rows.tokens)):
        faults.append("the shown rows do not follow the rule")
    right = (logits(question.config, question.params, question.rows.tokens).argmax(-1) == question.rows.labels).all(1)
    if not bool(right.all()):
        faults.append(f"train accuracy {float(right.double().mean()):.4f}, wanted exactly 1")
    try:
        where = places(universe, question.rows)
        known = bool(trained_on[where].all())
        if taught is not None and not torch.equal(question.rows.labels, taught[where]):
            faults.append("the shown rows do not have the random labels that were taught")
    except ValueError:
        faults.append("a shown row is no input of the family")
    else:
        if not known:
            faults.append("a shown row was not trained on")
    return faults


def _accuracies(
    instance: Instance,
    universe: Universe,
    label: Label,
    trained_on: Mapping[str, Bool[Tensor, " row"]],
    known: Rights,
) -> list[tuple[float, float, float]]:
    """Test accuracy of each network on what none of them was trained on, and its bounds where ties are left open."""
    unseen = ~torch.stack(list(trained_on.values())).any(dim=0)
    truth = label(universe.rows.tokens)
    return [
        _right(question, universe, truth, known).accuracy(truth, unseen) for question in instance.questions.values()
    ]


def _right(question: Question, universe: Universe, truth: Int[Tensor, "row answer"], known: Rights) -> Right:
    """Which inputs the question's own network gets right; a forward pass over thousands of them, so once a network."""
    parts = (part for name in sorted(question.params) for part in (name, question.params[name].numpy().tobytes()))
    name = digest(question.config.model_dump(mode="json"), *parts)
    if name not in known:
        out = logits(question.config, question.params, universe.rows.tokens)  # (row, answer, class)
        best = out.topk(2, dim=-1).values
        tied = (best[..., 0] - best[..., 1] <= TIE * out.abs().amax(dim=-1)).any(dim=1)
        known[name] = Right(right=(out.argmax(-1) == truth).all(dim=1), tied=tied)
    return known[name]


def _pair_faults(key: PairKey, accuracies: list[float], chance: float, questions: list[Question]) -> list[str]:
    verdicts = sorted(verdict(accuracy, chance).value for accuracy in accuracies)
    faults = []
    if key.differ and verdicts != sorted([Verdict.GENERALISER.value, Verdict.MEMORISER.value]):
        faults.append(f"a pair of {verdicts}, wanted one generaliser and one memoriser")
    if not key.differ and len(set(verdicts)) != 1:
        faults.append(f"a null pair of {verdicts}, wanted two of a kind")
    first, second = questions
    if not torch.equal(first.rows.tokens, second.rows.tokens):
        faults.append("the two networks are shown different rows")
    if first.config != second.config:
        faults.append("the two networks differ in architecture")
    return faults


def places(universe: Universe, rows: Rows) -> Int[Tensor, " row"]:
    """Where each row stands in the universe.

    Raises:
        ValueError: a row is not in it.
    """
    found = [universe.places.get(tuple(row)) for row in rows.tokens.tolist()]
    if None in found:
        raise ValueError("a row lies outside of the universe")
    return torch.tensor(found)
