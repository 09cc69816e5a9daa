"""Whether rows that a learner has not seen can be predicted from those that it has."""

import numpy as np
from jaxtyping import Int
from scipy.stats import binomtest
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold, cross_val_predict

EVEN = 0.05
"""The p-value at which a rule is as likely as none."""


def predictability(tokens: Int[np.ndarray, "row length"], labels: Int[np.ndarray, " row"], seed: int) -> float:
    """P(there is a rule), .5 where the p-value is .05.

    The p-value is that of a random forest that predicts held-out rows no better than the most frequent answer would.

    Args:
        tokens: rows.
        labels: their answers.
        seed: of the folds and the forest.
    """
    if len(labels) < 10:
        return 0.5
    forest = RandomForestClassifier(n_estimators=50, random_state=seed, n_jobs=1)
    folds = KFold(5, shuffle=True, random_state=seed)
    hits = int((cross_val_predict(forest, tokens, labels, cv=folds) == labels).sum())
    base = float(np.bincount(labels).max() / len(labels))
    p = float(binomtest(hits, len(labels), base, alternative="greater").pvalue)
    return 1 / (1 + p / EVEN)
