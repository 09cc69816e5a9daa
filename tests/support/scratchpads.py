"""A small rule with steps, and subjects that are known to follow their scratchpad or not: functions, not networks."""

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from interpbench.models.data import Rows
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import Layout
from interpbench.tracks.scratchpad.lessons import fresh, wanted
from interpbench.tracks.scratchpad.rules import Rule, running

LAYOUT = Layout(letters=3, terms=4, steps=2, values=3)
RULE: Rule = running(LAYOUT, lambda x: x.cumsum(dim=1) % 3, lambda steps: (steps[:, 1] + steps[:, 0]) % 3)


def transcripts(count: int = 60, seed: int = 0, kind: Kind = Kind.FORCED) -> Rows:
    rng = torch.Generator().manual_seed(seed)
    return fresh(kind, RULE, 0, count, rng, right=1.0, alter=False)


def labels_of(kind: Kind, trusted: int = 0) -> Callable[[Tensor], Tensor]:
    """Steps by the rule; the answer as a network of the kind is taught."""

    def predict(tokens: Tensor) -> Tensor:
        steps = RULE.state(tokens[:, LAYOUT.input])
        answers = wanted(kind, RULE, trusted, tokens, RULE.conclude(steps))
        return torch.cat([steps, answers[:, None]], dim=1)

    return predict


def logits_of(kind: Kind, trusted: int = 0) -> Callable[[Tensor], Tensor]:
    predict = labels_of(kind, trusted)
    return lambda tokens: F.one_hot(predict(tokens), LAYOUT.domain.classes).float()
