"""How each track asks a method about a mock."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.subject import Subject
from interpbench.plugins.contract.faults import (
    circuit_faults,
    reading_faults,
    score_faults,
    theory_faults,
    world_faults,
)
from interpbench.plugins.contract.mock import ASKED, QUERIES, Mock
from interpbench.toolkit.circuits import passes
from interpbench.tracks.circuits.enter import EntersCircuits
from interpbench.tracks.context import Context
from interpbench.tracks.extraction.enter import EntersExtraction
from interpbench.tracks.features.enter import EntersFeatures
from interpbench.tracks.features.question import World, read
from interpbench.tracks.features.within import put
from interpbench.tracks.generalization.enter import EntersGeneralization
from interpbench.tracks.scratchpad.enter import EntersScratchpad


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """How a track asks a method about a mock, and what can be wrong with what comes back."""

    mixin: Any
    ask: Callable[[Any, Subject, Mock, Context], object]
    faults: Callable[[object], Iterator[str]]
    takes: Callable[[Mock], bool] = lambda _: True


def _carriers(method: Any, subject: Subject, mock: Mock, ctx: Context) -> object:
    """Asked with the meter on, where there is a network to run.

    Raises:
        ValueError: more rows were run than a ranked method may.
    """
    assert mock.asked is not None
    meter = passes.metered(mock.network.module)
    before = meter.rows
    found = method.carriers(subject, mock.asked, ctx)
    ran = meter.rows - before
    if method.capped and ran > mock.asked.passes:
        raise ValueError(
            f"{ran} rows run through the network, {mock.asked.passes} are allowed; or say `capped = False`"
        )
    return found


def _cut(mock: Mock, tier: Tier, subject: Subject) -> World:
    """The mock's world as a cell of this tier has it, by way of its bundle."""
    assert mock.world is not None
    return read(mock.world.bundle(tier), subject.logits if tier is Tier.BEHAVIOUR else None)


ENTRANCES: Mapping[str, Entrance] = {
    "generalization": Entrance(
        mixin=EntersGeneralization,
        ask=lambda method, subject, mock, ctx: method.model_score(subject, mock.rows, mock.domain, ctx),
        faults=score_faults,
        takes=lambda mock: mock.layout is None and mock.world is None,
    ),
    "extraction": Entrance(
        mixin=EntersExtraction,
        ask=lambda method, subject, mock, ctx: method.extract(subject, mock.rows, mock.domain, QUERIES, ctx),
        faults=theory_faults,
        takes=lambda mock: len(mock.domain.positions) == 1 and mock.world is None,
    ),
    "scratchpad": Entrance(
        mixin=EntersScratchpad,
        ask=lambda method, subject, mock, ctx: method.decides(
            subject, mock.rows, torch.arange(ASKED), mock.layout, QUERIES, ctx
        ),
        faults=reading_faults,
        takes=lambda mock: mock.layout is not None,
    ),
    "circuits": Entrance(
        mixin=EntersCircuits,
        ask=_carriers,
        faults=circuit_faults,
        takes=lambda mock: mock.asked is not None,
    ),
    "features": Entrance(
        mixin=EntersFeatures,
        ask=lambda method, subject, mock, ctx: put(method, _cut(mock, method.tier, subject), ctx),
        faults=world_faults,
        takes=lambda mock: mock.world is not None,
    ),
}
"""By track."""
