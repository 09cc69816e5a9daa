"""How a network, its rows and its domain stand in a bundle: the part of a question that several tracks share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from torch import Tensor

from interpbench.bundle.folder import Bundle
from interpbench.bundle.tier import Tier
from interpbench.models.config import ModelConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.forward import Params
from interpbench.models.subject import Hidden, Network, Subject
from interpbench.tracks.context import Context

Ask = Callable[[Tensor], Tensor]
"""Client of the query socket."""

_CONFIG: TypeAdapter[ModelConfig] = TypeAdapter(ModelConfig)
_SUBJECT = "subject/"
_EARLIER = "earlier/"


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A question as it arrives in a cell: what is left of it at the tier."""

    subject: Subject
    rows: Rows
    domain: Domain


def present(
    track: str,
    tier: Tier,
    *,
    rows: Rows,
    domain: Domain,
    network: tuple[ModelConfig, Params] | None,
    earlier: Sequence[Params] = (),
    study: bytes | None = None,
    more: Mapping[str, Any] | None = None,
    tensors: Mapping[str, Tensor] | None = None,
) -> Bundle:
    """The bundle, cut to a tier: without weights below `weights`, without any model at `data`.

    Args:
        track: its name.
        tier: of the method.
        rows: shown; there may be none.
        domain: where inputs come from.
        network: architecture and weights; None where the question has no model.
        earlier: the weights at earlier steps, oldest first.
        study: what the method found out about the rows.
        more: further fields of the question that every tier sees.
        tensors: further tensors that every tier sees.
    """
    visible = {"rows.tokens": rows.tokens, "rows.labels": rows.labels, **(tensors or {})}
    question: dict[str, Any] = {
        "schema": 1,
        "track": track,
        "tier": tier.value,
        "domain": {
            "alphabets": [list(alphabet) for alphabet in domain.alphabets],
            "positions": list(domain.positions),
            "classes": domain.classes,
        },
        **(more or {}),
    }
    if network is not None and tier.includes(Tier.WEIGHTS):
        config, params = network
        question["config"] = config.model_dump(mode="json")
        visible |= {f"{_SUBJECT}{name}": value for name, value in params.items()}
        if tier.includes(Tier.CHECKPOINTS):
            question["earlier"] = len(earlier)
            for place, past in enumerate(earlier):
                visible |= {f"{_EARLIER}{place}/{name}": value for name, value in past.items()}
    return Bundle(question=question, tensors=visible, study=study)


def read(bundle: Bundle, ask: Ask | None) -> Asked:
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


def study(method: Any, bundle: Bundle, ctx: Context) -> dict[str, Tensor]:
    """What a method learns from rows and domain, in a cell of its own."""
    asked = read(bundle, None)
    found: dict[str, Tensor] = method.study(asked.rows, asked.domain, ctx)
    return found


def read_domain(document: Mapping[str, Any]) -> Domain:
    """A domain from its JSON."""
    return Domain(
        alphabets=tuple(tuple(alphabet) for alphabet in document["alphabets"]),
        positions=tuple(document["positions"]),
        classes=document["classes"],
    )


def _parameters(tensors: Mapping[str, Tensor], prefix: str) -> Params:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
