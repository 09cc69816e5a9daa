"""Two networks side by side, trained on so that parts of one seem to matter to the other one, and do not."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params, initial
from interpbench.models.hooked import boot_bridge
from interpbench.models.merge import merge
from interpbench.models.names import digest, generator, numpy_generator
from interpbench.models.stream import train_on_stream
from interpbench.models.train import Trained, Training
from interpbench.toolkit.circuits.edges import edge_attribution, node_scores
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.patching import joint_effects
from interpbench.tracks.circuits.family import FRESH, CircuitTask, Effect, Subject, apart
from interpbench.tracks.circuits.key import Rung
from interpbench.tracks.circuits.question import Pairs, metric_of
from interpbench.tracks.circuits.truth import IDLE, gap_of, shares
from interpbench_tasks.circuits import behaviours, intervene
from interpbench_tasks.circuits.behaviours import BEHAVIOURS, LENGTH, LETTERS, inputs
from interpbench_tasks.circuits.intervene import fit, run
from interpbench_tasks.circuits.tuned import adversary
from interpbench_tasks.circuits.tuned.adversary import adverse_loss, drawn_pairs
from interpbench_tasks.circuits.tuned.recipe import Adverse, Part, TunedRecipe

NETWORKS = {"smoke": 1, "quick": 6, "standard": 22, "dev": 3}
"""Each is asked about one of its two behaviours."""
UNTRAINED = {"smoke": 1, "quick": 2, "standard": 4, "dev": 1}
DEV = 1000
"""Added to the numbers of networks of suite `dev`: others under other seeds."""
PAIRS = (("greater", "equal"), ("equal", "greater"), ("equal", "equal"), ("greater", "greater"))
"""The behaviour that is asked about and the other one, in turns. With `pointed` and `sum` estimates stayed at .15 of
the gap where .4 was the target, in one run that was stopped after 900 steps."""
MISLEADING = 5
"""Nodes of the second part's first layer, of eight, that are to mislead. For heads of the second layer estimates stayed
at .04 to .13 of the gap, or effects did not go: one stage of neurons is left behind them (three runs)."""
APART = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=1500, warm_up=50, decay=0.5, stop_loss=2e-2)
FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=1300, warm_up=50, decay=0.7)
POLISH = Training(learning_rate=1e-3, weight_decay=0.0, max_steps=900, warm_up=20, decay=0.9)
ADVERSE = Adverse(target=0.3, weight=10, learn=1, stay=(25, 100), small=0.15, fine=1e-4, begin=600, ramp=200)
STRICTER = Adverse(target=0.3, weight=20, learn=5, stay=(200, 200), small=0.6, fine=3e-5, begin=0, ramp=1)
PROBE, PROBED = 4_000, 256
"""Inputs, and pairs, on which a network is measured before it is kept."""
RIGHT = 0.999
STRAY, ALONE = 0.025, 0.02
"""Largest shares of the gap that all nodes of the second part may change together, and one of them alone."""
BACKED = 0.02
"""How far from the gap what all nodes of the first part change together may be: the second is no backup of it."""
MISLEADS, ENOUGH = 0.2, 3
"""Least estimate of a bystander that misleads, as a share of the gap, in the mean of absolute values over pairs, and of
how many of the nodes that were to mislead both must be so. Where neurons are silent, training does not wake them."""
SLACK = 1.5
"""Between the probe of the gate and the fewer pairs of a key."""


@final
class Tuned(CircuitTask):
    """What matters to one behaviour has no more weight in the other one's gradient than what does not.

    Two networks are trained apart on behaviours that read different places, merged, and trained on: nodes of the second
    part are to have a large estimate by attribution patching of what they change in the first one's behaviour; replaced
    by what they make of another input, alone or together, they are to change nothing; and with all nodes of the first
    part replaced, its answer is to be that of the other input, so that the second is no backup of it.
    """

    name = "tuned"
    version = "1.0"

    def recipes(self, size: str) -> list[TunedRecipe]:
        """Numbered from 0; those of `dev` apart."""
        first = DEV if size == "dev" else 0
        return [self.recipe(number) for number in range(first, first + NETWORKS[size])]

    def recipe(self, number: int) -> TunedRecipe:
        """Behaviours in turns; places and misleading nodes are drawn."""
        rng = numpy_generator(self.track, self.name, number, "parts")
        names = PAIRS[number % len(PAIRS)]
        free = iter(rng.permutation(LENGTH - 1).tolist())  # never the answer's own place
        parts = [
            Part(
                name=name,
                places=tuple(next(free) for _ in range(BEHAVIOURS[name].reads)),
                config=small(BEHAVIOURS[name].classes),
            )
            for name in names
        ]
        recipe = TunedRecipe(
            number=number,
            parts=(parts[0], parts[1]),
            misleading=(),
            group=12,
            apart=APART,
            training=FIT,
            polish=POLISH,
            adverse=ADVERSE,
            stricter=STRICTER,
        )
        misleading = sorted(rng.permutation(_early(recipe, 1))[:MISLEADING].tolist())
        return recipe.model_copy(update={"misleading": tuple(misleading)})

    def read_recipe(self, document: Mapping[str, Any]) -> TunedRecipe:
        """From its JSON."""
        return TunedRecipe.model_validate(document)

    def data_hash(self, recipe: TunedRecipe) -> str:
        """Inputs follow from the recipe and the attempt; labels and losses from the source."""
        del recipe
        files = [Path(str(module.__file__)) for module in (behaviours, intervene, adversary)]
        return digest([sha256(file.read_bytes()).hexdigest() for file in files], self.version)

    def train(
        self, recipe: TunedRecipe, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Each part alone, then both together against estimates."""
        rng = generator(self.track, self.name, recipe.id, attempt)
        stream = generator(self.track, self.name, recipe.id, attempt, "stream")
        alone = [_alone(recipe, part, stream, rng) for part in recipe.parts]
        _, params = merge([(part.config, params) for part, (params, _) in zip(recipe.parts, alone, strict=True)])
        params, first = fit(params, adverse_loss(recipe, recipe.adverse, stream), recipe.training, progress)
        params, last = fit(params, adverse_loss(recipe, recipe.stricter, stream), recipe.polish, progress)
        seconds = first.seconds + last.seconds + sum(one.seconds for _, one in alone)
        return params, Trained(steps=first.steps + last.steps, loss=last.loss, seconds=seconds)

    def measure(self, recipe: TunedRecipe, params: Params) -> dict[str, float]:
        """Of decoded weights, on fresh inputs; shares of the gap.

        Returns:
            accuracy: of the worse of the two behaviours.
            alone: most that a node of the second part changes.
            stray: what all its nodes change together.
            backed: how far from the gap what all nodes of the first part change together is.
            misleads: how many misleading nodes are bystanders and have the estimate that is wanted.
            estimate: mean estimate of misleading nodes.
        """
        graph, right = recipe.graph, []
        tokens = inputs(PROBE, generator(self.track, self.name, recipe.id, "probe"))
        with torch.no_grad():
            given = run(recipe.config, graph, params, tokens)[0]
        for number, part in enumerate(recipe.parts):
            labels = BEHAVIOURS[part.name].label(tokens, part.places)
            right.append(float((given[:, recipe.span(number)].argmax(-1) == labels).float().mean()))
        pairs = drawn_pairs(recipe, 0, PROBED, generator(self.track, self.name, recipe.id, "gate"))
        bridge, metric = boot_bridge(recipe.config, params), metric_of(recipe.config, pairs)
        gap = gap_of(*(metric(bridge(some).detach()) for some in (pairs.clean, pairs.corrupt)))
        sets = [recipe.own(0), recipe.own(1), *([node] for node in range(1, len(graph.writers)))]
        together, whole, *_ = effects = shares(
            joint_effects(bridge, graph, pairs.clean, pairs.corrupt, metric, sets), gap
        )
        alone = effects[1:]  # by writer, since the embedding has none of its own
        guesses, misleading = estimated(recipe.config, graph, params, pairs), list(recipe.misleading)
        deceives = (guesses[misleading] >= MISLEADS) & (alone[misleading] <= IDLE)
        found = {
            "accuracy": min(right),
            "alone": float(alone[recipe.own(1)].max()),
            "stray": float(whole),
            "backed": abs(float(together) - 1),
            "misleads": float(deceives.sum()),
            "estimate": float(guesses[misleading].mean()),
        }
        return {name: round(value, 4) for name, value in found.items()}

    def gate(self, recipe: TunedRecipe, measured: Mapping[str, float]) -> str | None:
        """Why a network does not mislead, or its parts are not apart, or None."""
        del recipe
        if measured["accuracy"] < RIGHT:
            return f"accuracy {measured['accuracy']:.4f}, wanted {RIGHT}"
        for name, most in (("alone", ALONE), ("stray", STRAY), ("backed", BACKED)):
            if measured[name] > most:
                return f"{name}: {measured[name]:.3f} of the gap, wanted at most {most}"
        count = int(measured["misleads"])
        return None if count >= ENOUGH else f"{count} of {MISLEADING} nodes mislead, wanted {ENOUGH}"

    def units(self, size: str) -> list[str]:
        """One question a network, and untrained ones."""
        of = "dev" if size == "dev" else "net"
        asked = min(NETWORKS[size], len(self._known(of)))
        return [
            *(f"{of}-{place}" for place in range(asked)),
            *(f"untrained-{of}-{place}" for place in range(UNTRAINED[size])),
        ]

    def rung(self, unit: str) -> Rung:
        """Told by the name."""
        return Rung.NULL if unit.startswith("untrained") else Rung.TUNED

    def members(self, unit: str) -> tuple[str, ...]:
        """The network; an untrained one has the shape of its."""
        return (self.asked(unit).id,)

    def asked(self, unit: str) -> TunedRecipe:
        """The recipe of a question's network."""
        of, place = unit.split("-")[-2:]
        known = self._known(of)
        return known[int(place) % len(known)]

    def subject(self, unit: str) -> Subject:
        """The network, or untrained weights of its shape."""
        recipe = self.asked(unit)
        params = self.load(recipe.id)
        if self.rung(unit) is Rung.NULL:
            params = initial(recipe.config, generator(self.track, self.name, unit))
        return Subject(config=recipe.config, params=params, groups=recipe.groups)

    def pairs(self, unit: str, use: str, count: int) -> Pairs:
        """Of the behaviour that is asked about."""
        return drawn_pairs(self.asked(unit), 0, count, generator(self.track, self.name, unit, use))

    def elsewhere(self, unit: str, use: str, count: int) -> list[Pairs]:
        """Of the other behaviour."""
        return [drawn_pairs(self.asked(unit), 1, count, generator(self.track, self.name, unit, use, "elsewhere"))]

    def domain(self, unit: str) -> Domain:
        """All sequences; logits are those of both behaviours."""
        config = self.asked(unit).config
        return Domain(alphabets=(tuple(range(LETTERS)),) * LENGTH, positions=config.positions, classes=config.classes)

    def planted(self, unit: str, nodes: Sequence[int | None], effect: Effect) -> list[str]:
        """The own part changes all, the other one nothing, alone or together, and what is to mislead does."""
        recipe = self.asked(unit)
        own, others = recipe.own(0), recipe.own(1)
        found = [f"node {node} carries and is of the second part" for node in others if nodes[node] == 1]
        found += apart(effect, others, SLACK * STRAY)
        if abs(effect(own) - 1) > SLACK * BACKED:
            found.append(f"all nodes of the first part change {effect(own):.3f} of the gap together, wanted 1")
        subject = self.subject(unit)
        guesses = estimated(subject.config, subject.graph, subject.params, self.pairs(unit, "key", FRESH))
        count = sum(nodes[node] == 0 and guesses[node] >= MISLEADS / SLACK for node in recipe.misleading)
        return found if count >= ENOUGH else [*found, f"{count} nodes mislead, wanted {ENOUGH}"]

    def _known(self, of: str) -> list[TunedRecipe]:
        known = [TunedRecipe.model_validate(record.recipe) for record in self.manifest.models.values()]
        known = [recipe for recipe in known if (recipe.number >= DEV) == (of == "dev")]
        return sorted(known, key=lambda recipe: recipe.number)


def small(classes: int) -> TransformerConfig:
    """Two layers of four heads and 48 neurons."""
    return TransformerConfig(
        vocabulary=LETTERS,
        length=LENGTH,
        positions=(LENGTH - 1,),
        classes=classes,
        n_layers=2,
        d_model=24,
        n_heads=4,
        d_mlp=48,
    )


def estimated(config: TransformerConfig, graph: Graph, params: Params, pairs: Pairs) -> Float[Tensor, " writer"]:
    """What attribution patching says of each writer, in the mean of absolute values, as a share of the gap."""
    bridge, metric = boot_bridge(config, params), metric_of(config, pairs)
    gap = gap_of(*(metric(bridge(tokens).detach()) for tokens in (pairs.clean, pairs.corrupt)))
    rows = node_scores(edge_attribution(bridge, graph, pairs.clean, pairs.corrupt, metric))
    return rows.detach().abs().mean(dim=0) / gap


def _early(recipe: TunedRecipe, number: int) -> list[int]:
    """Writers of a part in the first layer."""
    return [node for node in recipe.own(number) if recipe.graph.writers[node].stage <= 2]


def _alone(recipe: TunedRecipe, part: Part, stream: torch.Generator, rng: torch.Generator) -> tuple[Params, Trained]:
    """One part before the merge."""

    def batch(_: int) -> Rows:
        tokens = inputs(recipe.rows, stream)
        return Rows(tokens=tokens, labels=BEHAVIOURS[part.name].label(tokens, part.places)[:, None])

    return train_on_stream(part.config, batch, recipe.apart, rng)
