"""What a method is asked on this track: one subject, the rows shown with it, and the domain."""

from collections.abc import Sequence
from dataclasses import dataclass

from interpbench.bundle.folder import Bundle
from interpbench.bundle.query import Served
from interpbench.bundle.tier import Tier
from interpbench.models.config import ModelConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Network
from interpbench.tracks.presented import present


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A unit of this track.

    Attributes:
        config, params: the network, disguised.
        rows: the training rows that are shown; the network answers every one of them right.
        domain: where inputs come from.
        earlier: the network at earlier steps of its run, oldest first, in the same disguise.
    """

    config: ModelConfig
    params: Params
    rows: Rows
    domain: Domain
    earlier: Sequence[Params] = ()

    def bundle(self, tier: Tier, study: bytes | None = None) -> Bundle:
        """The question as a bundle, cut to a tier: without weights below `weights`, without any model at `data`."""
        return present(
            "generalization",
            tier,
            rows=self.rows,
            domain=self.domain,
            network=(self.config, self.params),
            earlier=self.earlier,
            study=study,
        )

    def served(self) -> Served:
        """The subject's logits, within its domain."""
        return Served(logits=Network(self.config, self.params).logits, domain=self.domain)
