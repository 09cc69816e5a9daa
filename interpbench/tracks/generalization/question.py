"""What a method is asked on this track: one subject, the rows shown with it, and the domain."""

from collections.abc import Callable, Mapping
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A unit of this track.

    Attributes:
        config, params: the network, disguised.
        rows: the training rows that are shown; the network answers every one of them right.
        domain: where inputs come from.
    """

    config: ModelConfig
    params: Params
    rows: Rows
    domain: Domain

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
    subject: Subject = (
        Network(_CONFIG.validate_python(question["config"]), _parameters(tensors))
        if "config" in question
        else Hidden(question["tier"], ask)
    )
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


def _parameters(tensors: Mapping[str, Tensor]) -> Params:
    return {name.removeprefix(_SUBJECT): value for name, value in tensors.items() if name.startswith(_SUBJECT)}
