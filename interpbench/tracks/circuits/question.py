"""What a method is asked on this track: a network, pairs of inputs, and the graph whose parts are to be scored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jaxtyping import Int
from torch import Tensor

from interpbench.bundle.folder import Bundle
from interpbench.bundle.query import Served
from interpbench.bundle.tier import Tier
from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Network
from interpbench.tracks.presented import present

TRACK = "circuits"
Groups = tuple[tuple[tuple[int, ...], ...], ...]


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A unit of this track.

    Attributes:
        network: architecture and weights, disguised.
        pairs: of the behaviour that is asked about.
        groups: layer -> groups of neurons that count as one node.
        domain: where inputs come from.
        passes: rows that a ranked method may run through the network, each forward or backward one.
    """

    network: tuple[TransformerConfig, Params]
    pairs: Pairs
    groups: Groups
    domain: Domain
    passes: int

    def bundle(self, tier: Tier, study: bytes | None = None) -> Bundle:
        """The question as a bundle, cut to a tier."""
        more: Mapping[str, Any] = {"groups": [[list(group) for group in layer] for layer in self.groups]}
        tensors = {"pairs.corrupt": self.pairs.corrupt, "pairs.wrong": self.pairs.wrong}
        return present(
            TRACK,
            tier,
            rows=Rows(tokens=self.pairs.clean, labels=self.pairs.right[:, None]),
            domain=self.domain,
            network=self.network,
            study=study,
            more={**more, "passes": self.passes},
            tensors=tensors,
        )

    def served(self) -> Served:
        """The network's logits, within its domain."""
        return Served(logits=Network(*self.network).logits, domain=self.domain, queries=self.passes)
