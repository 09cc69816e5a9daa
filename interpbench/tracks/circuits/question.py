"""The question of this track: a network, pairs of inputs that differ in a behaviour, and the graph to be scored."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor

from interpbench.bundle.folder import Bundle
from interpbench.bundle.query import Served
from interpbench.bundle.tier import Tier
from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Network
from interpbench.toolkit.circuits.trace import Metric
from interpbench.tracks.presented import present

TRACK = "circuits"
Groups = tuple[tuple[tuple[int, ...], ...], ...]
"""Layer -> groups of neurons that count as one node."""


class Ablation(StrEnum):
    """What is put in the place of a node's output when it is said to carry or not to carry."""

    INTERCHANGE = "interchange"
    """What it makes of the corrupt input."""
    ZERO = "zero"
    """Nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Inputs that differ in the behaviour, and the logits that tell.

    Attributes:
        clean, corrupt: inputs, one of each a pair.
        right: label of the clean input, as a place among the logits.
        wrong: label of the corrupt one.
    """

    clean: Int[Tensor, "pair length"]
    corrupt: Int[Tensor, "pair length"]
    right: Int[Tensor, " pair"]
    wrong: Int[Tensor, " pair"]

    def __len__(self) -> int:
        return len(self.clean)

    def first(self, count: int) -> "Pairs":
        """As many of them."""
        return Pairs(
            clean=self.clean[:count], corrupt=self.corrupt[:count], right=self.right[:count], wrong=self.wrong[:count]
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """What a method is asked: which parts of a network make the difference between the inputs of these pairs?

    Attributes:
        pairs: of the behaviour that is asked about; the metric is the right label's logit less the wrong one's.
        groups: layer -> groups of neurons that count as one node.
        ablation: what is put in the place of a node.
        passes: rows that a ranked method may run through the network, one that is kept for its gradient twice.
    """

    pairs: Pairs
    groups: Groups
    ablation: Ablation
    passes: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A unit of this track.

    Attributes:
        network: architecture and weights, disguised.
        asked: about it.
        domain: where inputs come from.
    """

    network: tuple[TransformerConfig, Params]
    asked: Asked
    domain: Domain

    def bundle(self, tier: Tier, study: bytes | None = None) -> Bundle:
        """The question as a bundle, cut to a tier."""
        asked = self.asked
        more: Mapping[str, Any] = {
            "groups": [[list(group) for group in layer] for layer in asked.groups],
            "ablation": asked.ablation.value,
            "passes": asked.passes,
        }
        return present(
            TRACK,
            tier,
            rows=Rows(tokens=asked.pairs.clean, labels=asked.pairs.right[:, None]),
            domain=self.domain,
            network=self.network,
            study=study,
            more=more,
            tensors={"pairs.corrupt": asked.pairs.corrupt, "pairs.wrong": asked.pairs.wrong},
        )

    def served(self) -> Served:
        """The network's logits, within its domain."""
        return Served(logits=Network(*self.network).logits, domain=self.domain, queries=self.asked.passes)


def metric_of(config: TransformerConfig, pairs: Pairs) -> Metric:
    """The right label's logit less the wrong one's, at the (one) answer position, of logits at every position."""
    (place,) = config.positions

    def metric(found: Float[Tensor, "row position k"]) -> Float[Tensor, " row"]:
        here = found[:, place]
        copies = len(here) // len(pairs)
        right, wrong = pairs.right.repeat(copies), pairs.wrong.repeat(copies)
        return (here.gather(1, right[:, None]) - here.gather(1, wrong[:, None]))[:, 0]

    return metric


def stands_in(pairs: Pairs, ablation: Ablation) -> Int[Tensor, "pair length"] | None:
    """The inputs that what is put in comes from; None where it is zero."""
    return pairs.corrupt if ablation is Ablation.INTERCHANGE else None


def asked_in(bundle: Bundle, rows: Rows) -> Asked:
    """The same from a bundle, whose rows are the clean inputs with the right labels."""
    question, tensors = bundle.question, bundle.tensors
    return Asked(
        pairs=Pairs(
            clean=rows.tokens,
            corrupt=tensors["pairs.corrupt"],
            right=rows.labels[:, 0],
            wrong=tensors["pairs.wrong"],
        ),
        groups=tuple(tuple(tuple(group) for group in layer) for layer in question["groups"]),
        ablation=Ablation(question["ablation"]),
        passes=int(question["passes"]),
    )
