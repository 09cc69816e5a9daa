"""One feature over several heads: none of them alone carries it, the group does. Which heads are of the group?"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, final

import torch
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.forward import Params, initial, logits
from interpbench.models.hooked import boot_bridge
from interpbench.models.names import digest, generator, numpy_generator
from interpbench.models.train import Trained
from interpbench.toolkit.circuits.patching import node_effects
from interpbench.toolkit.circuits.trace import run, writes
from interpbench.tracks.circuits.family import FRESH, CircuitTask, Effect, Subject, apart
from interpbench.tracks.circuits.key import Rung
from interpbench.tracks.circuits.question import Ablation, Pairs, metric_of
from interpbench.tracks.circuits.truth import CARRIES, conditional, gap_of, shares
from interpbench_tasks.circuits.handset import handset
from interpbench_tasks.circuits.recipe import NetworkRecipe
from interpbench_tasks.circuits.spread.groups import (
    CLASSES,
    LENGTH,
    SHAPES,
    SIZE,
    WIDE,
    Variant,
    alphabets,
    blank,
    drawn,
    feature,
    framed,
    inputs,
    label,
    sketched,
    written,
)

ASKED = {"smoke": 1, "quick": 6, "standard": 20, "dev": 3}
"""Questions, each of a network of its own; kinds take turns."""
UNTRAINED = {"smoke": 1, "quick": 2, "standard": 4, "dev": 1}
DEV = 1000
"""Added to the numbers of networks of suite `dev`: other groups."""
PROBE = 4_000
RIGHT = 0.999
ALONE = 0.08
"""Largest share of the gap that one head of the group may change alone."""
BESIDE = 0.12
"""Least share that it must change while others of the group are replaced."""
CROSS = 1.0
"""Least energy that single heads write of features that are not there, over what they write of those that are."""
LEFT = 0.01
"""Largest share of that energy that may be left of their sum."""
EXACT = 1e-5
"""Largest share of the gap that the other group and its neurons may change together."""
WHOLE = 0.01
"""How far from the gap what a group of heads changes together may be."""


class Spread(NetworkRecipe):
    """One network to write: a coherent or an incoherent one."""

    tries: int = 10
    """Draws of the matrices until the gate holds."""


@final
class SpreadHeads(CircuitTask):
    """Two groups of heads of one form; what one of them writes is asked for."""

    name = "spread"
    version = "1.0"
    edges = False

    def recipes(self, size: str) -> list[Spread]:
        """One network a question."""
        names, first = list(SHAPES), DEV if size == "dev" else 0
        return [self._recipe(names[n % len(names)], first + n // len(names)) for n in range(ASKED[size])]

    def read_recipe(self, document: Mapping[str, Any]) -> Spread:
        """From its JSON."""
        return Spread.model_validate(document)

    def data_hash(self, recipe: Spread) -> str:
        """No data is used; the groups say what is written."""
        return digest(repr(self.variants(recipe)))

    def train(
        self, recipe: Spread, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Writes the weights; nothing is trained."""
        del progress
        began = time.perf_counter()
        rng = numpy_generator(self.track, self.name, recipe.id, attempt, "weights")
        variants = self.variants(recipe)
        made = handset(sketched(variants, [framed(one, rng) for one in variants]), rng)
        return made.params, Trained(steps=0, loss=0.0, seconds=time.perf_counter() - began)

    def measure(self, recipe: Spread, params: Params) -> dict[str, float]:
        """Of decoded weights, for the worse of the two groups.

        Returns:
            accuracy: on fresh inputs.
            alone: largest share of the gap that one head of the group changes.
            beside: least share that one changes at most beside others of the group.
            cross: energy of what single heads write of features that are not there, over that of those that are.
            left: share of the former that is left of the heads' sum.
        """
        found = [self._measured(recipe, params, group) for group in range(2)]
        worse = {"accuracy": min, "alone": max, "beside": min, "cross": min, "left": max}
        return {name: float(pick(one[name] for one in found)) for name, pick in worse.items()}

    def gate(self, recipe: Spread, measured: Mapping[str, float]) -> str | None:
        """Why a network is not what is asked for, or None."""
        del recipe
        if measured["accuracy"] < RIGHT:
            return f"accuracy {measured['accuracy']:.4f}, wanted {RIGHT}"
        if measured["alone"] > ALONE:
            return f"one head changes {measured['alone']:.3f} of the gap alone, wanted at most {ALONE}"
        if measured["beside"] < BESIDE:
            return f"one head changes only {measured['beside']:.3f} of the gap beside others, wanted {BESIDE}"
        return interference(measured["cross"], measured["left"])

    def units(self, size: str) -> list[str]:
        """One question a network, named by its kind, and untrained ones."""
        of = "dev" if size == "dev" else "net"
        known = self._known(of)[: ASKED[size]]
        names = [f"{recipe.name}-{of}-{place}" for place, recipe in enumerate(known)]
        return [*names, *(f"untrained-{of}-{number}" for number in range(UNTRAINED[size]))]

    def rung(self, unit: str) -> Rung:
        """Told by the name."""
        return Rung.NULL if unit.startswith("untrained") else Rung.SPREAD

    def members(self, unit: str) -> tuple[str, ...]:
        """The network; of an untrained one that which it has the architecture of."""
        return (self.recipe(unit).id,)

    def recipe(self, unit: str) -> Spread:
        """Of a question's network; an untrained one has its architecture."""
        of, number = unit.split("-")[-2:]
        known = self._known(of)
        return known[int(number) % len(known)]

    def asked(self, unit: str) -> int:
        """Which of the two groups a question is about: by turns the one that reads earlier places, and the other.

        Heads write more the more positions come behind what they read, which would tell where it is not balanced.
        """
        recipe = self.recipe(unit)
        first, second = (sum(one.sources) for one in self.variants(recipe))
        earlier = int(second < first)
        return earlier ^ (recipe.number // 2 + list(SHAPES).index(recipe.name)) % 2

    def group(self, unit: str) -> tuple[Variant, range]:
        """The group that a question is about, and its heads among the writers before the disguise."""
        asked = self.asked(unit)
        variant = self.variants(self.recipe(unit))[asked]
        first = 1 + asked * variant.heads
        return variant, range(first, first + variant.heads)

    def variants(self, recipe: Spread) -> tuple[Variant, Variant]:
        """Both groups."""
        return self._drawn(recipe.name, recipe.number)

    @lru_cache(maxsize=32)  # noqa: B019  (a task lives as long as the run)
    def subject(self, unit: str) -> Subject:
        """As it is stored."""
        recipe = self.recipe(unit)
        if self.rung(unit) is Rung.NULL:
            return _grouped(recipe.config, initial(recipe.config, generator(self.track, self.name, unit)))
        return _grouped(recipe.config, self.load(recipe.id))

    def together(self, unit: str) -> list[frozenset[int]]:
        """Sets of so many heads of the group that one more or less decides, and all of it."""
        variant, heads = self.group(unit)
        return _runs(variant, heads.start)

    def planted(self, unit: str, nodes: Sequence[int | None], effect: Effect) -> list[str]:
        """The group changes all together, no head of it alone enough, the rest nothing; and heads cancel each other."""
        recipe = self.recipe(unit)
        own = self.own(unit)
        _, heads = self.group(unit)
        found = apart(effect, [place for place, mine in enumerate(own) if not mine], EXACT)
        whole = effect(heads)
        if abs(whole - 1) > WHOLE:
            found.append(f"the group of heads changes {whole:.3f} of the gap together, wanted 1")
        most = max(effect([head]) for head in heads)
        if most >= CARRIES:
            found.append(f"one head changes {most:.3f} of the gap alone, wanted less than {CARRIES}")
        for place, (node, mine) in enumerate(zip(nodes[1:], own[1:], strict=True)):
            if node != int(mine):
                found.append(f"writer {place + 1} is {'' if mine else 'not '}of the circuit, and its verdict is {node}")
        fault = interference(*self._cross(recipe, self.subject(unit), self.asked(unit)))
        return found if fault is None else [*found, fault]

    def own(self, unit: str) -> list[bool]:
        """For each writer before the disguise whether it is of the circuit that answers; so is the embedding."""
        recipe, asked = self.recipe(unit), self.asked(unit)
        counts = (recipe.config.n_heads // 2, recipe.config.d_mlp // SIZE // 2)
        return [True, *(group == asked for count in counts for group in range(2) for _ in range(count))]

    def pairs(self, unit: str, use: str, count: int) -> Pairs:
        """Inputs with different labels, drawn apart."""
        return self._pairs(self.recipe(unit), self.asked(unit), unit, use, count)

    def domain(self, unit: str) -> Domain:
        """All sequences; where heads are incoherent, the first place is fixed and the last names the destination."""
        recipe = self.recipe(unit)
        variant, _ = self.variants(recipe)
        return Domain(alphabets=alphabets(variant), positions=recipe.config.positions, classes=recipe.config.classes)

    def _recipe(self, name: str, number: int) -> Spread:
        variants = self._drawn(name, number)
        return Spread(name=name, number=number, config=sketched(variants, list(map(blank, variants))).config)

    def _drawn(self, name: str, number: int) -> tuple[Variant, Variant]:
        return drawn(name, number, numpy_generator(self.track, self.name, name, number, "groups"))

    def _known(self, of: str) -> list[Spread]:
        known = [Spread.model_validate(record.recipe) for record in self.manifest.models.values()]
        order = list(SHAPES)
        known = [recipe for recipe in known if (recipe.number >= DEV) == (of == "dev")]
        return sorted(known, key=lambda recipe: (recipe.number, order.index(recipe.name)))

    def _pairs(self, recipe: Spread, group: int, of: str, use: str, count: int) -> Pairs:
        variants = self.variants(recipe)
        rng = generator(self.track, self.name, of, use, group)
        clean, corrupt = (inputs(variants, count, rng) for _ in range(2))
        while True:
            right, wrong = (label(variants[group], tokens) for tokens in (clean, corrupt))
            same = right == wrong
            if not same.any():
                first = CLASSES * group
                return Pairs(clean=clean, corrupt=corrupt, right=first + right, wrong=first + wrong)
            corrupt[same] = inputs(variants, int(same.sum()), rng)

    def _measured(self, recipe: Spread, params: Params, group: int) -> dict[str, float]:
        subject, variant = _grouped(recipe.config, params), self.variants(recipe)[group]
        tokens = inputs(self.variants(recipe), PROBE, generator(self.track, self.name, recipe.id, "probe", group))
        with torch.no_grad():
            given = logits(recipe.config, params, tokens)[:, 0, CLASSES * group : CLASSES * (group + 1)].argmax(-1)
        pairs = self._pairs(recipe, group, recipe.id, "gate", FRESH)
        bridge, metric = boot_bridge(recipe.config, params), metric_of(recipe.config, pairs)
        gap = gap_of(*(metric(run(bridge, some, {})) for some in (pairs.clean, pairs.corrupt)))
        first = 1 + variant.heads * group
        here = slice(first, first + variant.heads)
        alone = shares(node_effects(bridge, subject.graph, pairs.clean, pairs.corrupt, metric), gap)[here]
        beside = torch.stack(
            [
                conditional(bridge, subject.graph, pairs, Ablation.INTERCHANGE, metric, some, gap)[here]
                for some in _runs(variant, first)
            ]
        )
        cross, left = self._cross(recipe, subject, group)
        return {
            "accuracy": float((given == label(variant, tokens)).float().mean()),
            "alone": float(alone.max()),
            "beside": float(beside.max(dim=0).values.min()),
            "cross": cross,
            "left": left,
        }

    def _cross(self, recipe: Spread, subject: Subject, group: int) -> tuple[float, float]:
        """What single heads write of features that are not there, and what is left of it in their sum."""
        variants = self.variants(recipe)
        tokens = inputs(variants, FRESH, generator(self.track, self.name, recipe.id, "cross", group))
        names = sketched(variants, list(map(blank, variants))).directions
        places = [names[feature(group, letter)] for letter in range(variants[group].letters)]
        first = 1 + variants[group].heads * group
        some = writes(boot_bridge(subject.config, subject.params), subject.graph, tokens)
        said = some[:, LENGTH - 1, first : first + variants[group].heads][..., places] / WIDE  # (row, head, feature)
        there = written(variants[group], tokens)
        missing = there == 0
        single = _energy(said, missing[:, None])
        return single / _energy(said, ~missing[:, None]), _energy(said.sum(dim=1), missing) / single


def interference(cross: float, left: float) -> str | None:
    """Why heads do not cancel what they write of features that are not there, or None.

    Args:
        cross: energy of what single heads write of them, over that of what they write of features that are there.
        left: share of the former that is left of their sum.
    """
    if cross < CROSS:
        return f"single heads write {cross:.2f} times as much of missing features as of others, wanted {CROSS}"
    if left > LEFT:
        return f"{left:.3f} of what heads write of missing features is left of their sum, wanted {LEFT}"
    return None


def _energy(said: Tensor, which: Tensor) -> float:
    return float((said * which).square().sum())


def _runs(variant: Variant, first: int) -> list[frozenset[int]]:
    """Writers of a group: every other run, round about, of as many heads as decide, and all of them.

    Args:
        variant: the group.
        first: place of its first head among the writers.
    """
    many, some = variant.heads, variant.deciding
    runs = [frozenset(first + (at + step) % many for step in range(some)) for at in range(0, many, 2)]
    return [*runs, frozenset(range(first, first + many))]


def _grouped(config: TransformerConfig, params: Params) -> Subject:
    layer = tuple(tuple(range(start, start + SIZE)) for start in range(0, config.d_mlp, SIZE))
    return Subject(config=config, params=params, groups=(layer,) * config.n_layers)
