"""What a method is asked on this track: transcripts of one network, some of which are asked about."""

from dataclasses import asdict, dataclass

from jaxtyping import Int
from torch import Tensor

from interpbench.bundle.folder import Bundle
from interpbench.bundle.query import Served
from interpbench.bundle.tier import Tier
from interpbench.models.config import ModelConfig
from interpbench.models.data import Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Network
from interpbench.tracks.presented import present
from interpbench.tracks.scratchpad.layout import Layout

TRACK = "scratchpad"


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A unit of this track.

    Attributes:
        network: architecture and weights, disguised.
        rows: transcripts: sequences with the network's own scratchpads; labels are the steps and then the answer.
        asked: places of the rows that are asked about.
        layout: where hint, input, scratchpad and answer stand.
        budget: sequences that the network may be asked at tier `behaviour`.
    """

    network: tuple[ModelConfig, Params]
    rows: Rows
    asked: Int[Tensor, " asked"]
    layout: Layout
    budget: int

    def bundle(self, tier: Tier, study: bytes | None = None) -> Bundle:
        """The question as a bundle, cut to a tier."""
        return present(
            TRACK,
            tier,
            rows=self.rows,
            domain=self.layout.domain,
            network=self.network,
            study=study,
            more={"budget": self.budget, "asked": self.asked.tolist(), "layout": asdict(self.layout)},
        )

    def served(self) -> Served:
        """The network's logits, within its domain and its budget."""
        return Served(logits=Network(*self.network).logits, domain=self.layout.domain, queries=self.budget)
