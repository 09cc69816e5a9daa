"""Runs and their checkpoints: which of them are asked about, and the truth about where the run was going.

A run is one training; the runs of a pool differ in nothing but the seed. It is asked about at checkpoints that have
fitted every shown row and still answer other inputs at about the level of chance, so that what the network does at
present does not give its future away. The truth is the accuracy at the end of the run, on the weights that are stored.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool
from torch import Tensor

from interpbench.models.forward import Params, logits
from interpbench.tracks.generalization.accuracy import balanced_accuracy
from interpbench.tracks.generalization.key import RunKey
from interpbench.tracks.generalization.pairing import Candidate, Found, unit_name
from interpbench.tracks.generalization.recipe import GENERALISES, Kind, Recipe, Verdict, verdict
from interpbench.tracks.generalization.splits import Universe

ABOVE_CHANCE = 0.1
"""A checkpoint is asked about while its test accuracy is at most this much above chance."""
LEAST_RUNS = 3
"""A step is asked about where at least so many runs of each outcome are still at the level of chance."""

KIN = 0.1
"""So much more may a checkpoint resemble the end of another run, in cosine, before it must be a checkpoint of that."""


def undecided(accuracy: float, chance: float) -> bool:
    """Whether what a checkpoint answers on unseen inputs still tells nothing about the end of its run."""
    return accuracy <= chance + ABOVE_CHANCE


def refusal(recipe: Recipe, accuracy: float, chance: float) -> str | None:
    """Why a network of a run, fitted to its rows, is of no use, or None.

    The end of a run must be a generaliser or a memoriser. A checkpoint is either asked about, or it marks when the run
    had come to generalise.
    """
    if recipe.step is None:
        between = verdict(accuracy, chance) is Verdict.BETWEEN
        return f"test accuracy {accuracy:.3f} at the end of the run: between" if between else None
    if undecided(accuracy, chance) or accuracy >= GENERALISES:
        return None
    return f"test accuracy {accuracy:.3f} at step {recipe.step}: neither near chance nor a generaliser"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run whose end is a generaliser or a memoriser.

    Attributes:
        name: the network at its end.
        recipe: of its end.
        end: what it became.
        checkpoints: step -> network and its test accuracy, in order, the end not among them.
    """

    name: str
    recipe: Recipe
    end: Verdict
    checkpoints: Mapping[int, tuple[str, float]]

    @property
    def arrival(self) -> int | None:
        """First kept step at which it generalises; None if it never does."""
        if self.end is not Verdict.GENERALISER:
            return None
        return arrival({step: accuracy for step, (_, accuracy) in self.checkpoints.items()}, self.last)

    @property
    def last(self) -> int:
        """Steps of the whole run."""
        return self.recipe.training.max_steps

    def early(self, chance: float) -> dict[int, str]:
        """Step -> network, for the checkpoints that may be asked about."""
        until = self.arrival or self.last
        return {
            step: name
            for step, (name, accuracy) in self.checkpoints.items()
            if step < until and undecided(accuracy, chance)
        }


def arrival(accuracies: Mapping[int, float], last: int) -> int:
    """First step at which a run that ends as a generaliser is one; `last` if only its end is.

    Args:
        accuracies: step -> test accuracy, of the stored checkpoints.
        last: step of the end.
    """
    return min((step for step, accuracy in accuracies.items() if accuracy >= GENERALISES), default=last)


def runs(candidates: Mapping[str, Candidate]) -> list[Run]:
    """The runs among the networks of a zoo, those left out that ended between the gates."""
    ends = [one for one in candidates.values() if one.recipe.role == "run" and one.recipe.step is None]
    parts: dict[str, dict[int, tuple[str, float]]] = {}
    for one in candidates.values():
        if one.recipe.step is not None:
            parts.setdefault(one.recipe.run, {})[one.recipe.step] = (one.model, one.test)
    return [
        Run(name=end.model, recipe=end.recipe, end=end.verdict, checkpoints=dict(sorted(parts[end.model].items())))
        for end in ends
        if end.verdict is not Verdict.BETWEEN and end.model in parts
    ]


def checkpoints(candidates: Mapping[str, Candidate], chance: float) -> Iterator[Found]:
    """The instances: each asks about one checkpoint; all checkpoints of a run share its luck, so the run is the member.

    Steps at which fewer than `LEAST_RUNS` runs of an outcome are left are not asked about: there the step alone would
    tell.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs(candidates):
        groups.setdefault(candidates[run.name].group, []).append(run)
    for group, members in groups.items():
        early = {run.name: run.early(chance) for run in members}
        left = Counter((step, run.end) for run in members for step in early[run.name])
        for run in members:
            for step, model in early[run.name].items():
                if min(left[step, Verdict.GENERALISER], left[step, Verdict.MEMORISER]) < LEAST_RUNS:
                    continue
                unit = unit_name(model, run.recipe.fraction)
                yield Kind.DEVELOPMENTAL, f"{group}/{Kind.DEVELOPMENTAL}", (unit,), ((run.end.value, run.name),)


def spare(candidates: Mapping[str, Candidate], chance: float) -> set[str]:
    """Networks of runs on which no instance rests: no checkpoint that is asked about, no end and no arrival of its run.

    A zoo leaves them out; they would take up a third of it.
    """
    asked = {units[0].rpartition("@")[0] for _, _, units, _ in checkpoints(candidates, chance)}
    needed = set(asked)
    for run in runs(candidates):
        if any(name in asked for name, _ in run.checkpoints.values()):
            needed |= {run.name}
            needed |= {name for step, (name, _) in run.checkpoints.items() if step == run.arrival}
    return {name for name, one in candidates.items() if one.recipe.role == "run"} - needed


def run_key(recipe: Recipe, accuracies: Mapping[int, float], chance: float) -> RunKey:
    """The truth about a checkpoint.

    Args:
        recipe: of the checkpoint.
        accuracies: step -> test accuracy of everything that is stored of its run, the end included.
        chance: accuracy of the best constant answer.
    """
    assert recipe.step is not None
    last = recipe.training.max_steps
    generalises = verdict(accuracies[last], chance) is Verdict.GENERALISER
    return RunKey(
        test=accuracies[last],
        step=recipe.step,
        arrival=arrival(accuracies, last) if generalises else None,
        last=last,
    )


def check_kinship(run: str, params: Params, ends: Mapping[str, Params]) -> list[str]:
    """Faults of a checkpoint that resembles the end of another run, by the cosine between all weights.

    Runs differ in their initial weights, of which something is left at the end: cosines to the own end are .2 and more,
    those to others .03 at most. This tells a checkpoint that is filed under the wrong run; that nothing else happened
    to the run between checkpoint and end it cannot tell.

    Args:
        run: whose checkpoint it is said to be.
        params: as stored, not disguised.
        ends: run -> weights at its end, for all runs that share their recipe.
    """

    def flat(weights: Params) -> Tensor:
        return torch.cat([weights[name].double().flatten() for name in sorted(weights)])

    here = flat(params)
    alike = {name: float(torch.cosine_similarity(here, flat(end), dim=0)) for name, end in ends.items()}
    nearest = max(alike, key=lambda name: alike[name])
    if alike[nearest] <= alike[run] + KIN:
        return []
    return [f"a checkpoint of {run} resembles the end of {nearest} ({alike[nearest]:.2f}, not {alike[run]:.2f})"]


def check_run(
    key: RunKey,
    member: tuple[str, str],
    recipe: Recipe,
    networks: Mapping[int, Params],
    universe: Universe,
    trained_on: Bool[Tensor, " row"],
    chance: float,
) -> list[str]:
    """Faults of a key, from the weights of the run as they are stored.

    Args:
        key: as stated.
        member: outcome and run that the instance is resampled under.
        recipe: of the checkpoint that is asked about.
        networks: step -> weights of everything that is stored of the run, its end included.
        universe: all inputs.
        trained_on: which of them the run was trained on.
        chance: accuracy of the best constant answer.
    """
    truth = universe.rows.labels

    def accuracy(params: Params) -> float:
        right = (logits(recipe.config, params, universe.rows.tokens).argmax(-1) == truth).all(dim=1)
        return balanced_accuracy(right, truth, ~trained_on)

    found = {step: accuracy(params) for step, params in networks.items()}
    last = recipe.training.max_steps
    faults = []
    if (now := found[key.step]) > chance + ABOVE_CHANCE:
        faults.append(f"test accuracy {now:.3f} at step {key.step} already, wanted at most {chance + ABOVE_CHANCE:.3f}")
    if abs(found[last] - key.test) > 1e-9:
        faults.append(f"test accuracy {found[last]:.6f} at the end of the run, {key.test:.6f} in the key")
    became = verdict(found[last], chance)
    if member != (became.value, recipe.run):
        faults.append(f"the run {recipe.run} ends as {became}, its checkpoint is counted as one of {member}")
    if (became is Verdict.GENERALISER) is not key.generalises:
        faults.append(f"the run ends as {became}, the key says that it arrives at {key.arrival}")
    if key.arrival is not None:
        first = min((step for step, value in found.items() if value >= GENERALISES), default=None)
        if first != key.arrival or not key.step < key.arrival <= last:
            faults.append(f"first generaliser of the run at step {first}, the key says {key.arrival} of {last}")
    return faults
