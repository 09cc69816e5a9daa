"""The contract of methods, run on mock subjects."""

import dataclasses
import time
import traceback
from typing import Any

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.names import generator
from interpbench.models.subject import Hidden, Subject, TierError
from interpbench.plugins.contract.entrances import ENTRANCES, Entrance
from interpbench.plugins.contract.mock import Mock, mocks
from interpbench.plugins.discovery import MethodInfo, load_method
from interpbench.plugins.manifest import PluginError
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.instance import Problem

SLOW = 20.0
"""CPU seconds for one mock subject after which a method is told that a board has hundreds of them."""


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
    """Of answers, which hold tensors."""
    if isinstance(first, torch.Tensor) and isinstance(second, torch.Tensor):
        return torch.equal(first, second)
    if dataclasses.is_dataclass(first) and type(first) is type(second):
        names = [field.name for field in dataclasses.fields(first)]
        return all(_equal(getattr(first, name), getattr(second, name)) for name in names)
    return bool(first == second)
