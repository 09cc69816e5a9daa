"""What a method is asked on this track: activations of a network or of a toy, and what is wanted of them."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float, Int
from pydantic import TypeAdapter
from torch import Tensor

from interpbench.bundle.folder import Bundle
from interpbench.bundle.query import Served
from interpbench.bundle.tier import Tier
from interpbench.models.config import ModelConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Hidden, Network, Subject
from interpbench.toolkit.controls import untrained
from interpbench.tracks.presented import Ask, present, read_domain

TRACK = "features"
NOWHERE = Domain(alphabets=((0,),), positions=(0,), classes=2)
"""The domain of a world without a network."""
_NETWORK = "network/"
_CONFIG: TypeAdapter[ModelConfig] = TypeAdapter(ModelConfig)


class Wants(StrEnum):
    """What is to be said about a world."""

    CODES = "codes"
    """A sparse code of each asked input over a dictionary of the method's own."""
    PREDICTIONS = "predictions"
    """The labelled variables at each asked input."""
    SUPERPOSED = "superposed"
    """The probability that activations are sparse sums of directions, rather than members of clusters."""


def nothing() -> Tensor:
    """No row of no variable."""
    return torch.zeros(0, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """A unit of this track.

    Below tier `weights` activations have width 0 (their number of rows stays) and there is no network; tokens and
    labels stay.

    Attributes:
        wants: which function of a method is called.
        size: latents that a dictionary may have; also what random dictionaries are made with that a score is compared
            with.
        active: codes that may differ from 0 at an input; the scorer keeps the largest in magnitude.
        shown: unlabelled activations, (shown, d). The first rows are labelled where there are labels.
        asked: activations whose codes or variables are wanted, (asked, d).
        variables: names of the labelled variables.
        labels: their values at the first rows of `shown`, (labelled, variable).
        network: architecture and weights, disguised; None where activations are drawn and not computed.
        domain: where its inputs come from.
        site: TransformerLens' name of the hook that activations were read at, heads side by side.
        position: the token at which they were read; None where it differs from row to row.
        shown_tokens: inputs of the network, (shown, length); None where there is none.
        asked_tokens: the same, (asked, length).
        shown_at: position of each shown row, where rows differ in it.
        asked_at: the same of each asked row.
        budget: inputs that the network may be asked at tier `behaviour`.
        tier: to which the world is cut.
        ask: client of the query socket, at tier `behaviour`.
    """

    wants: Wants
    size: int
    active: int
    shown: Float[Tensor, "shown d"]
    asked: Float[Tensor, "asked d"]
    variables: tuple[str, ...] = ()
    labels: Float[Tensor, "labelled v"] = field(default_factory=nothing)
    network: tuple[ModelConfig, Params] | None = None
    domain: Domain | None = None
    site: str | None = None
    position: int | None = None
    shown_tokens: Int[Tensor, "shown length"] | None = None
    asked_tokens: Int[Tensor, "asked length"] | None = None
    shown_at: Int[Tensor, " shown"] | None = None
    asked_at: Int[Tensor, " asked"] | None = None
    budget: int = 0
    tier: Tier = Tier.WEIGHTS
    ask: Ask | None = None

    @cached_property
    def subject(self) -> Subject:
        """The network, as far as the tier shows it; asking for what it does not show raises `TierError`."""
        if self.network is None:
            return Hidden(self.tier.value, self.ask)
        return Network(*self.network)

    def positions(self) -> Int[Tensor, " shown"]:
        """The token at which each shown row was read."""
        if self.shown_at is not None:
            return self.shown_at
        return torch.full((len(self.shown),), self.position or 0)

    def untrained(self, rng: torch.Generator) -> Float[Tensor, "shown d"] | None:
        """What a network with fresh weights holds where the shown rows were read; None where no network is shown."""
        if self.network is None or self.site is None or self.shown_tokens is None:
            return None
        return untrained(self.network[0], self.site, self.shown_tokens, self.positions(), rng)

    def bundle(self, tier: Tier, study: bytes | None = None) -> Bundle:
        """The question as a bundle, cut to a tier; activations are stored in fp16."""
        world = self.cut(tier)
        tensors = {name: value for name, value in _tensors(world).items() if value is not None}
        question: dict[str, Any] = {
            "schema": 1,
            "track": TRACK,
            "tier": tier.value,
            "wants": self.wants.value,
            "size": self.size,
            "active": self.active,
            "variables": list(self.variables),
            "site": self.site,
            "position": self.position,
            "budget": self.budget,
            "domain": None if self.domain is None else _document(self.domain),
        }
        if world.network is not None:
            config, params = world.network
            question["config"] = config.model_dump(mode="json")
            tensors |= {f"{_NETWORK}{name}": value for name, value in params.items()}
        return Bundle(question=question, tensors=tensors, study=study)

    def study_bundle(self) -> Bundle:
        """Nothing can be learnt ahead of a world: rows and domain are empty."""
        none = Rows(tokens=torch.zeros(0, 1, dtype=torch.int64), labels=torch.zeros(0, 1, dtype=torch.int64))
        return present(TRACK, Tier.DATA, rows=none, domain=NOWHERE, network=None)

    def cut(self, tier: Tier) -> "World":
        """The same world as a lower tier sees it."""
        if tier.includes(Tier.WEIGHTS):
            return self
        return replace(self, tier=tier, network=None, shown=self.shown[:, :0], asked=self.asked[:, :0])

    def served(self) -> Served:
        """The network's logits, within its domain and its budget; nothing where there is no network."""
        if self.network is None:
            return Served(logits=lambda tokens: torch.zeros(len(tokens), 1, 2), domain=NOWHERE, queries=0)
        return Served(logits=Network(*self.network).logits, domain=self.domain or NOWHERE, queries=self.budget)


def read(bundle: Bundle, ask: Ask | None) -> World:
    """The world in a bundle.

    Args:
        bundle: as read from its folder.
        ask: the client of the query socket, at tier `behaviour`.
    """
    question, tensors = bundle.question, bundle.tensors
    network = None
    if "config" in question:
        params = {name.removeprefix(_NETWORK): value for name, value in tensors.items() if name.startswith(_NETWORK)}
        network = (_CONFIG.validate_python(question["config"]), params)
    return World(
        wants=Wants(question["wants"]),
        size=question["size"],
        active=question["active"],
        shown=tensors["shown"].float(),
        asked=tensors["asked"].float(),
        variables=tuple(question["variables"]),
        labels=tensors["labels"],
        network=network,
        domain=None if question["domain"] is None else read_domain(question["domain"]),
        site=question["site"],
        position=question["position"],
        shown_tokens=tensors.get("shown_tokens"),
        asked_tokens=tensors.get("asked_tokens"),
        shown_at=tensors.get("shown_at"),
        asked_at=tensors.get("asked_at"),
        budget=question["budget"],
        tier=Tier(question["tier"]),
        ask=ask,
    )


def _tensors(world: World) -> dict[str, Tensor | None]:
    return {
        "shown": world.shown.half(),
        "asked": world.asked.half(),
        "labels": world.labels,
        "shown_tokens": world.shown_tokens,
        "asked_tokens": world.asked_tokens,
        "shown_at": world.shown_at,
        "asked_at": world.asked_at,
    }


def _document(domain: Domain) -> dict[str, Any]:
    return {
        "alphabets": [list(alphabet) for alphabet in domain.alphabets],
        "positions": list(domain.positions),
        "classes": domain.classes,
    }
