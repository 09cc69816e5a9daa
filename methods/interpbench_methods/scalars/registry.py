"""Every statistic by name; a new one is a function and a line here."""

from collections.abc import Callable, Mapping

import torch

from interpbench.models.data import Rows
from interpbench.models.subject import Subject
from interpbench.toolkit.statistics.margins import low_margin, mean_margin, train_loss
from interpbench.toolkit.statistics.norms import embedding_norm, minimal_norm, weight_norm
from interpbench.toolkit.statistics.ranks import effective_rank
from interpbench.toolkit.statistics.sharpness import sharpness

Statistic = Callable[[Subject, Rows, torch.Generator], float]
"""Subject, shown rows and generator -> a number, higher where generalisation is expected."""

STATISTICS: Mapping[str, Statistic] = {
    "weight-norm": lambda subject, _rows, _rng: -weight_norm(subject.params),
    "minimal-norm": lambda subject, rows, _rng: -minimal_norm(subject, rows),
    "embedding-norm": lambda subject, _rows, _rng: -embedding_norm(subject.params),
    "effective-rank": lambda subject, _rows, _rng: -effective_rank(subject.params),
    "train-loss": lambda subject, rows, _rng: -train_loss(subject.logits(rows.tokens), rows.labels),
    "tempered-margin": lambda subject, rows, _rng: mean_margin(subject.logits(rows.tokens), rows.labels),
    "margin-p5": lambda subject, rows, _rng: low_margin(subject.logits(rows.tokens), rows.labels),
    "sharpness": lambda subject, rows, rng: -sharpness(subject, rows, rng),
}
