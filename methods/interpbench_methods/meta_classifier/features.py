"""The scalar statistics that the classifier weighs, on scales on which differences between networks compare.

Norms, ranks, losses and eigenvalues enter as logarithms: a pair then differs by the factor between its members, which
does not depend on how large the networks of a family are.
"""

from collections.abc import Mapping
from math import log

import torch

from interpbench.models.data import Rows
from interpbench.models.subject import Subject
from interpbench.toolkit.statistics.margins import tempered_margins, train_loss
from interpbench.toolkit.statistics.norms import embedding_norm, minimal_norm, weight_norm
from interpbench.toolkit.statistics.ranks import effective_rank
from interpbench.toolkit.statistics.sharpness import sharpness

_TINY = 1e-30

FEATURES = (
    "log weight norm",
    "log minimal norm",
    "log embedding norm",
    "log effective rank",
    "log train loss",
    "mean tempered margin",
    "5th percentile of tempered margins",
    "log sharpness",
)


def features(subject: Subject, rows: Rows, rng: torch.Generator) -> Mapping[str, float]:
    """All statistics of a network by name."""
    params = subject.params
    logits = subject.logits(rows.tokens)
    margins = tempered_margins(logits, rows.labels)
    values = (
        _log(weight_norm(params)),
        _log(minimal_norm(subject, rows)),
        _log(embedding_norm(params)),
        _log(effective_rank(params)),
        train_loss(logits, rows.labels),
        float(margins.mean()),
        float(margins.quantile(0.05)),
        sharpness(subject, rows, rng),
    )
    return dict(zip(FEATURES, values, strict=True))


def _log(value: float) -> float:
    return log(max(value, _TINY))
