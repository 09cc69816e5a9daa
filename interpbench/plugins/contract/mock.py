"""Tiny trained subjects that plug-ins are tried on."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.models.train import Training, train
from interpbench.tracks.circuits.question import Ablation, Asked, Pairs
from interpbench.tracks.features.question import Wants, World
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import Layout
from interpbench.tracks.scratchpad.lessons import fresh, one_layer
from interpbench.tracks.scratchpad.rules import running

QUERIES = 500
"""Inputs that a mock may be asked at tier `behaviour`."""
ASKED = 8
"""Transcripts that a mock is asked about, where a track asks about some."""
NODES, EDGES = (4,), (5, 9)
"""Of the mock with pairs: two heads and two groups of neurons; the embedding writes, too, and the logits read."""
LATENTS = 12
"""Of a dictionary that a mock world asks for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Mock:
    """A tiny trained subject."""

    name: str
    network: Network
    rows: Rows
    domain: Domain
    layout: Layout | None = None
    """Of one that states steps before it answers."""
    asked: Asked | None = None
    """About the parts of one whose inputs come in pairs."""
    world: World | None = None
    """Of one whose activations are asked about; its subject may have nothing to do with it."""


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
        asked = _pairs(everything) if name == "transformer" else None
        yield Mock(name=name, network=Network(config, params), rows=rows, domain=domain, asked=asked)
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


def _pairs(everything: Rows) -> Asked:
    """Each input beside the next one, which has another answer."""
    labels = everything.labels[:, 0]
    pairs = Pairs(clean=everything.tokens, corrupt=everything.tokens.roll(1, 0), right=labels, wrong=labels.roll(1, 0))
    return Asked(
        pairs=pairs, groups=((tuple(range(16)), tuple(range(16, 32))),), ablation=Ablation.INTERCHANGE, passes=80
    )


def _writer() -> Mock:
    """A network that states the running parity of three bits before it answers."""
    layout = Layout(letters=2, terms=3, steps=2, values=2)
    rule = running(layout, lambda bits: bits.cumsum(dim=1) % 2, lambda steps: steps.sum(dim=1) % 2)
    rows = fresh(Kind.FREE, rule, 0, 24, generator("contract", "writer", "rows"), right=1.0)
    config = one_layer(Kind.FREE, layout, d_model=16, d_mlp=32)
    params, _ = train(config, rows, Training(max_steps=200, stop_loss=0.01), generator("contract", "writer"))
    network = Network(config, params)
    return Mock(name="transformer with a scratchpad", network=network, rows=rows, domain=layout.domain, layout=layout)
