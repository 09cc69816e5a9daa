"""Whether rows that have an answer in common also have the components in common that carry it."""

from typing import Literal, final

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.config import MLPConfig, ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.attribution_patching import attribution_patching, logit_difference
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization

from .agreement import agreement, same_changes


@final
class CircuitAgreement(Method, EntersGeneralization):
    """One circuit for all rows of a label, or each row its own.

    score = mean cosine between the attribution-patching vectors of two shown rows with the same change of label. A row
    of label c is patched from a row of label c', the same c' for all rows of c; its vector holds, for every component,
    the estimated change of logit c over logit c' when the component is patched alone.

    Rows of different labels may rightly use different components, so they are not compared.

    References: Nanda 2023, attribution patching; Syed et al. 2023 (arXiv:2310.10348).
    """

    name = "circuit-agreement"
    family = Family.CIRCUITS
    tier = Tier.WEIGHTS
    version = "1.0"

    components: Literal["neurons", "heads"] = "neurons"
    draws: int = 4  # of the other label and rows; of the answer position where there are several

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float | NotApplicable:
        """Mean agreement within a change of label; the log holds that across changes beside it."""
        sites = _sites(subject.config, self.components)
        if not sites:
            return NotApplicable(f"a {subject.config.kind} has no attention heads")
        order = torch.randperm(rows.labels.shape[1], generator=ctx.rng).tolist()
        found: list[tuple[float, float]] = []
        for draw in range(self.draws):
            answer = order[draw % len(order)]
            clean, corrupt, labels = same_changes(rows.labels[:, answer], ctx.rng)
            if not len(clean):
                continue
            metric = logit_difference(answer, labels, rows.labels[corrupt, answer])
            effects = attribution_patching(subject, rows.tokens[clean], rows.tokens[corrupt], metric, sites)
            found.append(agreement(_by_component(effects, self.components), labels))
        if not found:
            return NotApplicable("no two shown rows have one label and a third row another")
        within = sum(own for own, _ in found) / len(found)
        across = sum(other for _, other in found) / len(found)
        ctx.log(f"agreement {within:.3f} within a change of label, {across:.3f} across")
        return within


def _sites(config: ModelConfig, components: str) -> list[str]:
    """Hooks of the components, in order of computation; none if the architecture does not have them."""
    match config:
        case TransformerConfig():
            point = "attn.hook_z" if components == "heads" else "mlp.hook_post"
            return [f"blocks.{layer}.{point}" for layer in range(config.n_layers)]
        case MLPConfig():
            return ["hook_post"] if components == "neurons" else []
        case RecurrentConfig():
            return ["hook_state"] if components == "neurons" else []


def _by_component(effects: dict[str, Tensor], components: str) -> Float[Tensor, "row component"]:
    """A component is patched at all positions together; a head with its whole width."""
    parts = [value.sum(dim=-1) if components == "heads" else value for value in effects.values()]
    return torch.cat([part.sum(dim=1) for part in parts], dim=1)
