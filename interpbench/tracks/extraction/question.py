"""What a method is asked on this track: rows, one network, or only one of the two."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jaxtyping import Int
from torch import Tensor
from torch.nn import functional

from interpbench.bundle.folder import Bundle
from interpbench.bundle.query import InvalidQuery, Served
from interpbench.bundle.tier import Tier
from interpbench.models.config import ModelConfig, PromptedConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Network
from interpbench.tracks.presented import present

TRACK = "extraction"

Labels = Callable[[Int[Tensor, "input length"]], Int[Tensor, "input answer"]]


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelsOnly:
    """A network that gives labels and whose weights are handed out at no tier.

    Attributes:
        config: what it is.
        open: makes it ready, which may take a while, and gives the function that labels inputs.
    """

    config: PromptedConfig
    open: Callable[[], Labels]


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A unit of this track.

    Attributes:
        network: architecture and weights, disguised; or one that can only be asked, at tier `behaviour`; None where
            only rows are shown.
        rows: shown training rows; none where only the network is shown.
        domain: where inputs come from.
        budget: inputs that the network may be asked at tier `behaviour`.
    """

    network: tuple[ModelConfig, Params] | LabelsOnly | None
    rows: Rows
    domain: Domain
    budget: int

    def study_bundle(self) -> Bundle:
        """Rows and domain alone: the same for twins, and for a question without its network."""
        return present(TRACK, Tier.DATA, rows=self.rows, domain=self.domain, network=None)

    def bundle(self, tier: Tier, study: bytes | None = None) -> Bundle:
        """The question as a bundle, cut to a tier.

        At tier `weights`, which runs the network itself and is served no labels, one that can only be asked is not
        there. What it is stands in the bundle, so that answers about another one are not taken for answers about it.
        """
        network = self.network
        more: dict[str, Any] = {"budget": self.budget, "network": network is not None}
        if isinstance(network, LabelsOnly):
            more |= {"network": not tier.includes(Tier.WEIGHTS), "asked": network.config.model_dump(mode="json")}
            network = None
        return present(
            TRACK,
            tier,
            rows=self.rows,
            domain=self.domain,
            network=network,
            study=study,
            more=more,
        )

    def served(self) -> Served:
        """The network's labels, as one-hot logits: hill climbing on logits finds guards of three tests easily."""
        network = self._opened()  # here, and not in a cell's time

        def labels(tokens: Tensor) -> Tensor:
            if network is None:
                raise InvalidQuery("the question shows no network")
            return functional.one_hot(network(tokens), self.domain.classes).float()

        return Served(logits=labels, domain=self.domain, queries=self.budget)

    def _opened(self) -> Labels | None:
        if self.network is None:
            return None
        return self.network.open() if isinstance(self.network, LabelsOnly) else Network(*self.network).predict
