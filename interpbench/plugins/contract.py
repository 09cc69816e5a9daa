"""The contract of plug-ins, run on mock instances: each fault is named in a sentence, none is a traceback."""

import dataclasses
import math
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.models.subject import Hidden, Network, Subject, TierError
from interpbench.models.train import Training, train
from interpbench.plugins.discovery import MethodInfo, TaskInfo, load_method, load_task
from interpbench.plugins.manifest import PluginError
from interpbench.theory import InvalidTheory, parse
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted
from interpbench.tracks.features.enter import Codes, EntersFeatures, Predicted, Superposed
from interpbench.tracks.features.question import Wants, World, read
from interpbench.tracks.features.within import put
from interpbench.tracks.generalization.enter import EntersGeneralization
from interpbench.tracks.instance import Problem
from interpbench.tracks.scratchpad.enter import EntersScratchpad, Reading
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import Layout
from interpbench.tracks.scratchpad.lessons import fresh, one_layer
from interpbench.tracks.scratchpad.rules import running

QUERIES = 500
"""Inputs that a mock may be asked at tier `behaviour`."""
ASKED = 8
"""Transcripts that a mock is asked about, where a track asks about some."""
LATENTS = 12
"""Of a dictionary that a mock world asks for."""
SLOW = 20.0
"""CPU seconds for one mock subject after which a method is told that a board has hundreds of them."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Mock:
    """A tiny trained subject."""

    name: str
    network: Network
    rows: Rows
    domain: Domain
    layout: Layout | None = None
    """Of one that states steps before it answers."""
    world: World | None = None
    """Of one whose activations are asked about; its subject may have nothing to do with it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entrance:
    """How a track asks a method about a mock, and what can be wrong with what comes back."""

    mixin: Any
    ask: Callable[[Any, Subject, Mock, Context], object]
    faults: Callable[[object], Iterator[str]]
    takes: Callable[[Mock], bool] = lambda _: True


def _score_faults(found: object) -> Iterator[str]:
    if isinstance(found, bool) or not isinstance(found, float | int):
        yield f"model_score gave {type(found).__name__}, wanted a float or NotApplicable"
    elif not math.isfinite(found):
        yield f"model_score gave {found}, wanted a finite number"


def _theory_faults(found: object) -> Iterator[str]:
    if not isinstance(found, Extracted):
        yield f"extract gave {type(found).__name__}, wanted Extracted or NotApplicable"
        return
    if not (isinstance(found.p_present, float | int) and 0 <= found.p_present <= 1):
        yield f"p_present is {found.p_present}, wanted a probability"
    try:
        parse(found.theory)
    except InvalidTheory as error:
        yield f"its theory is none: {error}"


def _reading_faults(found: object) -> Iterator[str]:
    if not isinstance(found, Reading):
        yield f"decides gave {type(found).__name__}, wanted Reading or NotApplicable"
        return
    for name, value in (("subject", found.subject), ("p_present", found.p_present), *_numbered(found.inputs)):
        if isinstance(value, bool) or not (isinstance(value, float | int) and 0 <= value <= 1):
            yield f"{name} is {value}, wanted a probability"
            return
    if len(found.inputs) != ASKED:
        yield f"it answered about {len(found.inputs)} inputs, {ASKED} were asked"


def _world_faults(found: object) -> Iterator[str]:
    if not isinstance(found, Codes | Predicted | Superposed):
        yield f"it gave {type(found).__name__}, wanted what its function says or NotApplicable"
        return
    named = [("p_present", found.p_present)]
    match found:
        case Codes():
            lengths = [len(found.indices), len(found.values)]
            if lengths != [ASKED, ASKED]:
                yield f"codes of {lengths} inputs, {ASKED} were asked"
            if any(not 0 <= latent < LATENTS for row in found.indices for latent in row):
                yield f"a latent outside of 0 ... {LATENTS - 1}"
            if any(len(set(row)) < len(row) for row in found.indices):
                yield "a latent is named twice"
            if any(not math.isfinite(value) for row in found.values for value in row):
                yield "a code is not a finite number"
        case Predicted():
            if tuple(found.values.shape) != (ASKED, 1) or not bool(torch.isfinite(found.values).all()):
                yield f"predictions are {tuple(found.values.shape)}, wanted finite ones of shape {(ASKED, 1)}"
        case Superposed():
            named.append(("probability", found.probability))
    for name, value in named:
        if isinstance(value, bool) or not (isinstance(value, float | int) and 0 <= value <= 1):
            yield f"{name} is {value}, wanted a probability"


def _numbered(values: Sequence[object]) -> Iterator[tuple[str, object]]:
    yield from ((f"inputs[{place}]", value) for place, value in enumerate(values))


ENTRANCES: Mapping[str, Entrance] = {
    "generalization": Entrance(
        mixin=EntersGeneralization,
        ask=lambda method, subject, mock, ctx: method.model_score(subject, mock.rows, mock.domain, ctx),
        faults=_score_faults,
        takes=lambda mock: mock.layout is None and mock.world is None,
    ),
    "extraction": Entrance(
        mixin=EntersExtraction,
        ask=lambda method, subject, mock, ctx: method.extract(subject, mock.rows, mock.domain, QUERIES, ctx),
        faults=_theory_faults,
        takes=lambda mock: len(mock.domain.positions) == 1 and mock.world is None,
    ),
    "scratchpad": Entrance(
        mixin=EntersScratchpad,
        ask=lambda method, subject, mock, ctx: method.decides(
            subject, mock.rows, torch.arange(ASKED), mock.layout, QUERIES, ctx
        ),
        faults=_reading_faults,
        takes=lambda mock: mock.layout is not None,
    ),
    "features": Entrance(
        mixin=EntersFeatures,
        ask=lambda method, subject, mock, ctx: put(method, _cut(mock, method.tier, subject), ctx),
        faults=_world_faults,
        takes=lambda mock: mock.world is not None,
    ),
}
"""By track."""


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
    yield _writer()
    yield from _worlds()


def _worlds() -> Iterator[Mock]:
    """A toy world of each thing that may be wanted, and a network's first layer with a variable of its input."""
    rng = generator("contract", "worlds")
    codes = (torch.rand(200 + ASKED, LATENTS, generator=rng) < 0.2) * torch.rand(200 + ASKED, LATENTS, generator=rng)
    rows = codes @ torch.randn(LATENTS, 6, generator=rng)
    config = TransformerConfig(vocabulary=5, length=2, positions=(1,), classes=5, d_model=8, n_heads=2, d_mlp=8)
    network = Network(config, initial(config, rng))
    domain = Domain(alphabets=(tuple(range(5)),) * 2, positions=(1,), classes=5)
    tokens = domain.full(64 + ASKED, rng)
    site = "blocks.0.hook_resid_post"
    states = network.activations(tokens, [site])[site][:, 1]
    toys = {
        wants: World(wants=wants, size=LATENTS, active=3, shown=rows[:200], asked=rows[200:])
        for wants in (Wants.CODES, Wants.SUPERPOSED)
    }
    inside = World(
        wants=Wants.PREDICTIONS,
        size=LATENTS,
        active=3,
        shown=states[:64],
        asked=states[64:],
        shown_tokens=tokens[:64],
        asked_tokens=tokens[64:],
        variables=("first",),
        labels=tokens[:48, :1].float(),
        network=(config, network.params),
        domain=domain,
        site=site,
        position=1,
        budget=QUERIES,
    )
    empty = Rows(tokens=tokens[:0], labels=tokens[:0, :1])
    for wants, world in {**toys, Wants.PREDICTIONS: inside}.items():
        yield Mock(name=f"world that wants {wants.value}", network=network, rows=empty, domain=domain, world=world)


def _cut(mock: Mock, tier: Tier, subject: Subject) -> World:
    """The mock's world as a cell of this tier has it, by way of its bundle."""
    assert mock.world is not None
    return read(mock.world.bundle(tier), subject.logits if tier is Tier.BEHAVIOUR else None)


def _writer() -> Mock:
    """A network that states the running parity of three bits before it answers."""
    layout = Layout(letters=2, terms=3, steps=2, values=2)
    rule = running(layout, lambda bits: bits.cumsum(dim=1) % 2, lambda steps: steps.sum(dim=1) % 2)
    rows = fresh(Kind.FREE, rule, 0, 24, generator("contract", "writer", "rows"), right=1.0)
    config = one_layer(Kind.FREE, layout, d_model=16, d_mlp=32)
    params, _ = train(config, rows, Training(max_steps=200, stop_loss=0.01), generator("contract", "writer"))
    network = Network(config, params)
    return Mock(name="transformer with a scratchpad", network=network, rows=rows, domain=layout.domain, layout=layout)


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
        for track in sorted(info.tracks & ENTRANCES.keys()):
            entrance = ENTRANCES[track]
            for mock in subjects:
                if entrance.takes(mock):
                    problems += _check_answer(row, method, info.tier, mock, entrance)
    return problems


def _seen(mock: Mock, tier: Tier) -> Subject:
    if tier.includes(Tier.WEIGHTS):
        return mock.network
    return Hidden(tier.value, mock.network.logits if tier is Tier.BEHAVIOUR else None)


def _check_answer(row: str, method: Any, tier: Tier, mock: Mock, entrance: Entrance) -> list[Problem]:
    where = f"{row} on a {mock.name}"
    before = {name: value.clone() for name, value in mock.network.params.items()}

    def ask() -> object:
        ctx = Context(rng=generator("contract", row, mock.name))
        method.prepare(ctx)
        if type(method).study is not entrance.mixin.study:
            ctx.study = method.study(mock.rows, mock.domain, Context(rng=generator("contract", row, "study")))
        return entrance.ask(method, _seen(mock, tier), mock, ctx)

    began = time.process_time()
    try:
        first = ask()
        spent = time.process_time() - began
        second = ask() if spent < SLOW else first
    except TierError as error:
        return [Problem(where=where, what=f"it asked for what it may not see: {error}")]
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return [Problem(where=where, what=f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})")]
    if isinstance(first, NotApplicable):
        return [] if first.reason else [Problem(where=where, what="NotApplicable without a reason")]
    what = list(entrance.faults(first))
    if not what and not _equal(first, second):
        what.append(f"two calls with the same seed gave {first} and {second}; draw from ctx.rng alone")
    if any(not torch.equal(before[name], value) for name, value in mock.network.params.items()):
        what.append("it changed the subject's weights; clone them first")
    if spent > SLOW:
        what.append(f"{spent:.0f} CPU s for a tiny subject; suite quick asks about several hundred")
    return [Problem(where=where, what=fault) for fault in what]


def _equal(first: object, second: object) -> bool:
    if isinstance(first, Predicted) and isinstance(second, Predicted):
        return torch.equal(first.values, second.values) and first.p_present == second.p_present
    return first == second


def check_task(info: TaskInfo, say: Callable[[str], None] = lambda _: None) -> list[Problem]:
    """Faults of a task: of its card, its rule and recipes, and of a few networks trained here (or of its zoo).

    Args:
        info: the task.
        say: told what is being done, since training takes a while.
    """
    if info.lacking:
        return [Problem(where=info.name, what=info.lacking)]
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
    if recipes and not info.card.networks:
        problems.append(Problem(where=info.name, what="task.yaml says `networks: false`, and there are recipes"))
    elif not recipes and info.card.networks:
        problems.append(Problem(where=info.name, what=f"recipes({size!r}) is empty"))
    if len({recipe.id for recipe in recipes}) != len(recipes):
        problems.append(Problem(where=info.name, what="two recipes have the same id"))
    by_role = {(recipe.stratum, recipe.role, recipe.name): recipe for recipe in recipes}
    for recipe in by_role.values():
        say(f"training {recipe.id}")
        problems += _check_recipe(task, recipe)
    if hasattr(task, "manifest") or not info.card.networks:
        say("re-deriving its keys")
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
