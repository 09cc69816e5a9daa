"""Learners from scikit-learn on rows of tokens; imported at the first use, since that takes longer than all fits."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Int
from torch import Tensor

from interpbench.models.data import Domain, Rows

NEIGHBOURS = 5
"""scikit-learn's default."""


def _tree(_rows: int, seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(random_state=seed)


def _neighbours(rows: int, _seed: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    # On one-hot tokens the squared distance is twice the number of tokens that differ. A tree, because brute force
    # looks for thread pools in /proc, which an isolated cell may not read.
    return KNeighborsClassifier(min(NEIGHBOURS, rows), algorithm="kd_tree")


LEARNERS: Mapping[str, Callable[[int, int], Any]] = {"tree": _tree, "neighbours": _neighbours}
"""Name -> (number of rows to be fitted, seed) -> an unfitted classifier."""


def predictions(
    learner: str, fitted: Rows, tokens: Int[Tensor, "input length"], domain: Domain, seed: int
) -> Int[Tensor, "input answer"]:
    """What a learner that was fitted to some rows says about other inputs.

    Tokens are one-hot at each position: letters are names and not numbers.
    """

    def features(inputs: Tensor) -> Any:
        return F.one_hot(inputs, domain.vocabulary).flatten(1).float().numpy()

    answers = fitted.labels.shape[1]
    targets = fitted.labels[:, 0] if answers == 1 else fitted.labels
    model = LEARNERS[learner](len(fitted), seed).fit(features(fitted.tokens), targets.numpy())
    return torch.from_numpy(model.predict(features(tokens))).view(len(tokens), answers)
