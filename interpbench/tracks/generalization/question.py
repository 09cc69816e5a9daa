"""What a method is asked on this track: one subject, the rows shown with it, and the domain."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from pydantic import TypeAdapter
from torch import Tensor

from interpbench.bundle.folder import Bundle
from interpbench.bundle.tier import Tier
from interpbench.models.config import ModelConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Hidden, Network, Subject

_CONFIG: TypeAdapter[ModelConfig] = TypeAdapter(ModelConfig)
_SUBJECT = "subject/"
_EARLIER = "earlier/"


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
        visible = {"rows.tokens": self.rows.tokens, "rows.labels": self.rows.labels}
        question: dict[str, Any] = {
            "schema": 1,
            "track": "generalization",
            "tier": tier.value,
            "domain": {
                "alphabets": [list(alphabet) for alphabet in self.domain.alphabets],
                "positions": list(self.domain.positions),
                "classes": self.domain.classes,
            },
        }
        if tier.includes(Tier.WEIGHTS):
            question["config"] = self.config.model_dump(mode="json")
            visible |= {f"{_SUBJECT}{name}": value for name, value in self.params.items()}
        if tier.includes(Tier.CHECKPOINTS):
            question["earlier"] = len(self.earlier)
            for place, params in enumerate(self.earlier):
                visible |= {f"{_EARLIER}{place}/{name}": value for name, value in params.items()}
        return Bundle(question=question, tensors=visible, study=study)


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A question as it arrives in a cell: what is left of it at the tier."""

    subject: Subject
    rows: Rows
    domain: Domain


def read_question(bundle: Bundle, ask: Callable[[Tensor], Float[Tensor, "batch answer k"]] | None) -> Asked:
    """The question in a bundle.

    Args:
        bundle: as read from its folder.
        ask: the client of the query socket, at tier `behaviour`.
    """
    question, tensors = bundle.question, bundle.tensors
    subject: Subject = Hidden(question["tier"], ask)
    if "config" in question:
        config = _CONFIG.validate_python(question["config"])
        earlier = [
            Network(config, _parameters(tensors, f"{_EARLIER}{place}/"), ())
            for place in range(question.get("earlier", 0))
        ]
        subject = Network(config, _parameters(tensors, _SUBJECT), earlier if "earlier" in question else None)
    return Asked(
        subject=subject,
        rows=Rows(tokens=tensors["rows.tokens"], labels=tensors["rows.labels"]),
        domain=read_domain(question["domain"]),
    )


def read_domain(document: Mapping[str, Any]) -> Domain:
    """A domain from its JSON."""
    return Domain(
        alphabets=tuple(tuple(alphabet) for alphabet in document["alphabets"]),
        positions=tuple(document["positions"]),
        classes=document["classes"],
    )


def _parameters(tensors: Mapping[str, Tensor], prefix: str) -> Params:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
