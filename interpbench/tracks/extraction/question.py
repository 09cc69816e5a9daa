"""What a method is asked on this track: rows, one network, or only one of the two."""

from dataclasses import dataclass

from interpbench.bundle.folder import Bundle
from interpbench.bundle.tier import Tier
from interpbench.models.config import ModelConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.tracks.presented import present

TRACK = "extraction"


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A unit of this track.

    Attributes:
        network: architecture and weights, disguised; None where only rows are shown.
        rows: shown training rows; none where only the network is shown.
        domain: where inputs come from.
        budget: inputs that the network may be asked at tier `behaviour`.
    """

    network: tuple[ModelConfig, Params] | None
    rows: Rows
    domain: Domain
    budget: int

    def bundle(self, tier: Tier, study: bytes | None = None) -> Bundle:
        """The question as a bundle, cut to a tier."""
        return present(
            TRACK,
            tier,
            rows=self.rows,
            domain=self.domain,
            network=self.network,
            study=study,
            more={"budget": self.budget, "network": self.network is not None},
        )
