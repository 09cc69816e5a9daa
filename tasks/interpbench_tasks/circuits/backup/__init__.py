"""A head is trained to take over when another one is silenced, so that neither changes anything alone."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import torch
from jaxtyping import Bool
from torch import Tensor

from interpbench.models.forward import Params
from interpbench.models.hooked import boot_bridge
from interpbench.models.names import generator, numpy_generator
from interpbench.models.train import Training
from interpbench.toolkit.circuits.patching import joint_effects
from interpbench.tracks.circuits.family import Effect, apart
from interpbench.tracks.circuits.key import Rung
from interpbench.tracks.circuits.question import Ablation, metric_of
from interpbench.tracks.circuits.truth import CARRIES, gap_of, shares
from interpbench_tasks.circuits.behaviours import BEHAVIOURS, LENGTH, Places, inputs
from interpbench_tasks.circuits.intervene import Put, run, smoothed
from interpbench_tasks.circuits.planting import (
    RIGHT,
    Loss,
    PlantedRecipe,
    PlantedTask,
    Task,
    drawn_places,
    probe_loss,
    probed,
    shape,
    some,
    stayed,
    whole,
)
from interpbench_tasks.circuits.programs import label

PROGRAMMED = ("greater", "equal")
"""Programs of two heads and a group; the first head has a backup. With `sum`, bystanders took part (.45 of the gap)."""
FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=1600, warm_up=50, decay=0.5)
STRAY = 0.02
"""Largest share of the gap that all bystanders may change together, whatever is silenced of main head and backup."""
SILENT = 0.05
"""Largest share that the main head, or the backup, may change alone."""
APART = 4
"""Networks from this number on, those of `dev` among them, have programs that share no place, and both first heads of
`equal` in the first layer. Of the others, those with a shared place let bystanders change .011 to .095 of the gap
(those without .001 and .003), and all four runs with a first head of `equal` in the second layer were refused."""
SLACK = 1.5
"""Between the probe of the gate and the fewer pairs of a key."""


@final
class Backup(PlantedTask):
    """Two programs in one network; each has a head whose work another one does if it is zero, and only then.

    In training some nodes of each row are put to zero. Where it is the main head alone, the backup alone, or any
    bystander, the answer is to be right all the same and logits are to stay as they are (self-repair as in McGrath et
    al. 2023, arXiv:2307.15771, here with the head that does it known). One node at a time, neither head is seen; the
    two together are: where both are zero, the answer is to be what is likely without the token that they read.
    """

    name = "backup"
    version = "1.0"
    kind = Rung.BACKUP
    ablation = Ablation.ZERO
    edges = False
    networks: ClassVar[Mapping[str, int]] = {"smoke": 1, "quick": 3, "standard": 21, "dev": 2}

    def recipe(self, number: int) -> PlantedRecipe:
        """The same two programs; their order, places and nodes, and the third behaviour, are drawn."""
        names = _names(number, self.track, self.name)
        where = {name: drawn_places(name, self.track, self.name, number) for name in names}
        if number >= APART:
            where |= _disjoint(number, self.track, self.name)
        tasks = [Task(name=name, places=where[name]) for name in names]
        recipe = PlantedRecipe(
            number=number,
            tasks=(tasks[0], tasks[1], tasks[2]),
            config=shape(whole(names), "none", d_model=48, d_mlp=128),
            group=32,
            training=FIT,
            batch=96,
            stay=0.15,
            free=100,
            begin=400,
            ramp=300,
        )
        two = _planted(recipe, len(PROGRAMMED))
        return recipe.model_copy(update={"tasks": (*two, tasks[-1])})

    def loss(self, recipe: PlantedRecipe, rng: torch.Generator) -> Loss:
        """Each program on rows of its own: main head or backup silenced, then bystanders beside them."""

        def loss(params: Params, step: int) -> Tensor:
            several = len(recipe.programs)
            count, graph = several * recipe.batch, recipe.graph
            tokens = inputs(count, rng)
            logits, made = run(recipe.config, graph, params, tokens)
            plain, wanted = recipe.parts(logits), [task.label(tokens) for task in recipe.tasks]
            total = torch.stack(
                [smoothed(one, right, recipe.smoothing) for one, right in zip(plain, wanted, strict=True)]
            ).sum()
            if step <= recipe.begin:
                total = total + probe_loss(recipe, params, tokens, made)
            silenced, beside = _silenced(recipe, count, rng)
            alone, crowd = (
                recipe.parts(run(recipe.config, graph, params, tokens, Put(where=where, made=None))[0])
                for where in (silenced, silenced | beside)
            )
            right, weight = recipe.right(step), recipe.weight(step)
            for place, task in enumerate(recipe.programs):
                own = torch.arange(count) % several == place
                main, backup = (silenced[:, node] & own for node in (task.nodes[0], task.carriers[-1]))
                able, one = own & ~(main & backup), main ^ backup
                total = total + smoothed(alone[place][able], wanted[place][able], recipe.smoothing)
                unknown = _unknown(task, tokens)
                total = total + smoothed(alone[place][main & backup], unknown[main & backup], recipe.smoothing)
                if right:
                    total = total + right * smoothed(crowd[place][able], wanted[place][able], recipe.smoothing)
                if weight:
                    total = total + weight * stayed(alone[place][own], crowd[place][own])
                    total = total + weight * stayed(plain[place][one], alone[place][one])
            return total

        return loss

    def measure(self, recipe: PlantedRecipe, params: Params) -> dict[str, float]:
        """Accuracies, and the worst of both programs: shares of the gap that putting nodes to zero changes."""
        found = {
            f"accuracy {task.name}": one
            for task, one in zip(recipe.tasks, self.accuracies(recipe, params), strict=True)
        }
        bridge, worst = boot_bridge(recipe.config, params), {"main": 0.0, "backup": 0.0, "stray": 0.0, "both": 1e9}
        for place, task in enumerate(recipe.programs):
            pairs = probed(recipe, place, generator(self.track, self.name, recipe.id, place, "probe"))
            metric, out = metric_of(recipe.config, pairs), recipe.outside(place)
            main, backup = task.nodes[0], task.carriers[-1]
            sets = [[main], [backup], out, [main, backup], [main, backup, *out]]
            gap = gap_of(*(metric(bridge(tokens).detach()) for tokens in (pairs.clean, pairs.corrupt)))
            effects = joint_effects(bridge, recipe.graph, pairs.clean, None, metric, sets)
            one, two, stray, both = shares(effects[:, :4], gap).tolist()
            beside = float(shares(effects[:, 4] - effects[:, 3], gap))
            worst["main"], worst["backup"] = max(worst["main"], one), max(worst["backup"], two)
            worst["stray"], worst["both"] = max(worst["stray"], stray, beside), min(worst["both"], both)
        return found | {name: round(value, 4) for name, value in worst.items()}

    def gate(self, recipe: PlantedRecipe, measured: Mapping[str, float]) -> str | None:
        """Why a network does not have its programs and backups where they were to be, or None."""
        for task in recipe.programs:
            if measured[f"accuracy {task.name}"] < RIGHT:
                return f"accuracy {measured[f'accuracy {task.name}']:.4f} at {task.name}, wanted {RIGHT}"
        for name, most in (("main", SILENT), ("backup", SILENT), ("stray", STRAY)):
            if measured[name] > most:
                return f"{name} changes {measured[name]:.3f} of the gap, wanted {most}"
        return None if measured["both"] >= 2 * CARRIES else f"main and backup change {measured['both']:.3f} of the gap"

    def together(self, unit: str) -> list[frozenset[int]]:
        """The main head and its backup."""
        recipe, number = self._of(unit)
        return [frozenset((recipe.tasks[number].nodes[0], recipe.tasks[number].carriers[-1]))]

    def planted(self, unit: str, nodes: Sequence[int | None], effect: Effect) -> list[str]:
        """Main head and backup carry, but not alone; nothing else but what was planted does, alone or together."""
        recipe, number = self._of(unit)
        task, outside = recipe.tasks[number], recipe.outside(number)
        found = [f"planted node {node} does not carry" for node in task.carriers if nodes[node] != 1]
        found += [f"node {node} carries and is not planted" for node in outside if nodes[node] == 1]
        for node in (task.nodes[0], task.carriers[-1]):
            if effect([node]) > SLACK * SILENT:
                found.append(f"node {node} changes {effect([node]):.3f} of the gap alone")
        return found + apart(effect, outside, SLACK * STRAY)


def _names(number: int, *names: str | int) -> tuple[str, str, str]:
    """The programs in a drawn order, and a third behaviour."""
    rng = numpy_generator(*names, number, "names")
    third = str(rng.choice([name for name in BEHAVIOURS if name not in PROGRAMMED]))
    first, second = (PROGRAMMED[place] for place in rng.permutation(len(PROGRAMMED)))
    return first, second, third


def _disjoint(number: int, *names: str | int) -> dict[str, Places]:
    """Places of both programs, none of which they share; never the answer's own."""
    order = iter(numpy_generator(*names, number, "places").permutation(LENGTH - 1).tolist())
    return {name: tuple(next(order) for _ in range(BEHAVIOURS[name].reads)) for name in PROGRAMMED}


def _planted(recipe: PlantedRecipe, programs: int) -> list[Task]:
    """Main heads stand in the first layer, backups and groups that read both in the second, other heads in either."""
    rng = numpy_generator("circuits", "backup", recipe.number, "nodes")
    heads = [recipe.graph.writing(stage) for stage in (1, 3)]
    first, second = (rng.permutation(range(part.start, part.stop)).tolist() for part in heads)
    groups = rng.permutation(range(*recipe.graph.writing(4).indices(len(recipe.graph.writers)))).tolist()
    found = []
    for task in recipe.tasks[:programs]:
        early = rng.random() < 0.5 or (recipe.number >= APART and task.name == "equal")
        other = (first if early else second).pop
        nodes = (first.pop(), other(), groups.pop())
        found.append(task.model_copy(update={"nodes": nodes, "backup": second.pop()}))
    return found


def _unknown(task: Task, tokens: Tensor) -> Tensor:
    """Labels if the variable of the main head is that of another row: on average what is likely without it."""
    taken = torch.zeros(len(tokens), len(task.nodes), dtype=torch.bool)
    taken[:, 0] = True
    return label(task.name, task.places, tokens, tokens.roll(1, dims=0), taken)


def _silenced(
    recipe: PlantedRecipe, count: int, rng: torch.Generator
) -> tuple[Bool[Tensor, "row writer"], Bool[Tensor, "row writer"]]:
    """For each row what is put to zero of its program's main head and backup, and of its bystanders."""
    silenced = torch.zeros(count, len(recipe.graph.writers), dtype=torch.bool)
    beside = silenced.clone()
    for place, task in enumerate(recipe.programs):
        own, outside = torch.arange(place, count, len(recipe.programs)), recipe.outside(place)
        silenced[own[:, None], torch.tensor([task.nodes[0], task.carriers[-1]])] = (
            torch.rand(len(own), 2, generator=rng) < 0.5
        )
        beside[own[:, None], torch.tensor(outside)] = some(len(own), len(outside), rng)
    return silenced, beside
