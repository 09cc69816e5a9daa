"""The contract of plug-ins, run on mock instances: each fault is named in a sentence, none is a traceback."""

import dataclasses
import math
import time
import traceback
from collections.abc import Callable, Iterator

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Hidden, Network, Subject, TierError
from interpbench.models.train import Training, train
from interpbench.plugins.discovery import MethodInfo, TaskInfo, load_method, load_task
from interpbench.plugins.manifest import PluginError
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization, has_study
from interpbench.tracks.instance import Problem

SLOW = 20.0
"""Seconds for one mock subject after which a method is told that a board has hundreds of them."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Mock:
    """A tiny trained subject."""

    name: str
    network: Network
    rows: Rows
    domain: Domain


def mocks() -> Iterator[Mock]:
    """One subject of each architecture: (a + b) mod 5 for the tables, running parity for the sequence."""
    table = Domain(alphabets=(tuple(range(5)),) * 2, positions=(1,), classes=5)
    pairs = table.everything()
    sums = Rows(tokens=pairs, labels=(pairs.sum(dim=1, keepdim=True) % 5))
    bits = Domain(alphabets=((0, 1),) * 4, positions=(0, 1, 2, 3), classes=2)
    strings = bits.everything()
    parity = Rows(tokens=strings, labels=strings.cumsum(dim=1) % 2)
    shape = {"vocabulary": 5, "length": 2, "positions": (1,), "classes": 5}
    stream = {"vocabulary": 2, "length": 4, "positions": (0, 1, 2, 3), "classes": 2}
    cases: list[tuple[str, ModelConfig, Rows, Domain]] = [
        ("transformer", TransformerConfig(**shape, d_model=16, n_heads=2, d_mlp=32), sums, table),  # type: ignore[arg-type]
        ("perceptron", MLPConfig(**shape, d_mlp=32, activation="square"), sums, table),  # type: ignore[arg-type]
        ("recurrent net", RecurrentConfig(**stream, d_model=16), parity, bits),  # type: ignore[arg-type]
    ]
    for name, config, everything, domain in cases:
        rows = everything.sample(12, generator("contract", name))
        params, _ = train(config, rows, Training(max_steps=200, stop_loss=0.01), generator("contract", name))
        yield Mock(name=name, network=Network(config, params), rows=rows, domain=domain)


def check_method(info: MethodInfo) -> list[Problem]:
    """Faults of a method: of its card, its class, and its answers on mock subjects, for every variant."""
    problems: list[Problem] = []
    if not info.tracks:
        problems.append(
            Problem(where=info.class_name, what="enters no track; derive from a mixin such as EntersGeneralization too")
        )
    if not info.summary:
        problems.append(Problem(where=info.class_name, what="no docstring; say why its answer should be right"))
    subjects = list(mocks())
    for variant, parameters in info.card.variants.items():
        row = info.row(variant)
        try:
            method = load_method(info, parameters)
        except PluginError as error:
            return [*problems, Problem(where=row, what=str(error))]
        if "generalization" in info.tracks:
            for mock in subjects:
                problems += _check_score(row, method, info.tier, mock)
    return problems


def _seen(mock: Mock, tier: Tier) -> Subject:
    if tier.includes(Tier.WEIGHTS):
        return mock.network
    return Hidden(tier.value, mock.network.logits if tier is Tier.BEHAVIOUR else None)


def _check_score(row: str, method: Method, tier: Tier, mock: Mock) -> list[Problem]:
    assert isinstance(method, EntersGeneralization)
    where = f"{row} on a {mock.name}"
    before = {name: value.clone() for name, value in mock.network.params.items()}

    def ask() -> float | NotApplicable:
        ctx = Context(rng=generator("contract", row, mock.name))
        method.prepare(ctx)
        if has_study(method):
            ctx.study = method.study(mock.rows, mock.domain, Context(rng=generator("contract", row, "study")))
        return method.model_score(_seen(mock, tier), mock.rows, mock.domain, ctx)

    began = time.monotonic()
    try:
        first = ask()
        spent = time.monotonic() - began
        second = ask() if spent < SLOW else first
    except TierError as error:
        return [Problem(where=where, what=f"it asked for what it may not see: {error}")]
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return [Problem(where=where, what=f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})")]
    problems = []
    if isinstance(first, NotApplicable):
        return [] if first.reason else [Problem(where=where, what="NotApplicable without a reason")]
    if isinstance(first, bool) or not isinstance(first, float | int):
        return [Problem(where=where, what=f"model_score gave {type(first).__name__}, wanted a float or NotApplicable")]
    if not math.isfinite(first):
        problems.append(Problem(where=where, what=f"model_score gave {first}, wanted a finite number"))
    if first != second and not (isinstance(second, float) and math.isnan(second)):
        problems.append(
            Problem(
                where=where, what=f"two calls with the same seed gave {first} and {second}; draw from ctx.rng alone"
            )
        )
    if any(not torch.equal(before[name], value) for name, value in mock.network.params.items()):
        problems.append(Problem(where=where, what="it changed the subject's weights; clone them first"))
    if spent > SLOW:
        problems.append(Problem(where=where, what=f"{spent:.0f} s for a tiny subject; suite quick asks for about 200"))
    return problems


def check_task(info: TaskInfo, say: Callable[[str], None] = lambda _: None) -> list[Problem]:
    """Faults of a task: of its card, its rule and recipes, and of a few networks trained here (or of its zoo).

    Args:
        info: the task.
        say: told what is being done, since training takes a while.
    """
    try:
        task = load_task(info)
    except PluginError as error:
        return [Problem(where=info.name, what=str(error))]
    problems = []
    size = info.card.sizes[0]
    try:
        recipes = task.recipes(size)
    except Exception as error:
        return [Problem(where=info.name, what=f"recipes({size!r}): {type(error).__name__}: {error}")]
    if not recipes:
        problems.append(Problem(where=info.name, what=f"recipes({size!r}) is empty"))
    if len({recipe.id for recipe in recipes}) != len(recipes):
        problems.append(Problem(where=info.name, what="two recipes have the same id"))
    by_role = {(recipe.stratum, recipe.role, recipe.name): recipe for recipe in recipes}
    for recipe in by_role.values():
        say(f"training {recipe.id}")
        problems += _check_recipe(task, recipe)
    if hasattr(task, "manifest"):
        say("re-deriving the keys of its zoo")
        for ref in task.refs("contract", size):
            problems += task.check(task.build(ref))
    return problems


def _check_recipe(task: object, recipe: object) -> list[Problem]:
    where = str(getattr(recipe, "id", "recipe"))
    refused = []
    tries = int(getattr(recipe, "tries", 1))
    for attempt in range(tries):
        try:
            params, trained = task.train(recipe, attempt)  # type: ignore[attr-defined]
            measured = task.measure(recipe, params)  # type: ignore[attr-defined]
            why = task.gate(recipe, measured)  # type: ignore[attr-defined]
        except Exception as error:
            return [Problem(where=where, what=f"{type(error).__name__}: {error}")]
        if trained.seconds > 30:
            refused.append(f"{trained.seconds:.0f} s of training, 30 allowed")
        elif why is None:
            return []
        else:
            refused.append(why)
    return [Problem(where=where, what=f"no seed passed its gate in {tries} tries: {'; '.join(refused)}")]
