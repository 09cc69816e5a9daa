"""Fits the coefficients: `python -m interpbench_methods.meta_classifier.fit pairs.json` writes `coefficients.py`.

The README says how `pairs.json` is made of suite `dev`. The result is a Python module and no data file because the
answers of a method are stored under the hash of its Python files: new coefficients then make new answers.
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict
from sklearn.linear_model import LogisticRegression

from .coefficient import Coefficient
from .features import FEATURES

PENALTY = 1.0
"""Inverse strength of the squared penalty on the weights; scikit-learn's default, not tuned."""


class Pair(BaseModel):
    """A differing pair: the statistics of its members by name, and which of them generalises."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: str
    kind: str
    a: dict[str, float]
    b: dict[str, float]
    a_generalises: bool


def fit(pairs: Sequence[Pair]) -> dict[str, Coefficient]:
    """Logistic regression, without intercept, on standardised differences; each kind of each family weighs the same."""
    a, b = (np.array([[getattr(pair, side)[name] for name in FEATURES] for pair in pairs]) for side in "ab")
    sizes = Counter((pair.family, pair.kind) for pair in pairs)
    shares = np.array([1 / sizes[pair.family, pair.kind] for pair in pairs]) / len(sizes)
    centres = shares @ (a + b) / 2
    scales = np.sqrt(shares @ (a - b) ** 2)
    scales[scales == 0] = 1.0
    first = np.array([pair.a_generalises for pair in pairs])
    # both orders of each pair: both labels occur, and the order in which a pair was given does not matter
    both = np.concatenate([a - b, b - a]) / scales
    weights = np.tile(shares * len(pairs), 2) / 2
    model = LogisticRegression(fit_intercept=False, C=PENALTY, max_iter=1000, tol=1e-8)
    model.fit(both, np.concatenate([first, ~first]), weights)
    return {
        name: Coefficient(centre=float(centre), scale=float(scale), weight=float(weight))
        for name, centre, scale, weight in zip(FEATURES, centres, scales, model.coef_[0], strict=True)
    }


def accuracy(coefficients: Mapping[str, Coefficient], pairs: Sequence[Pair]) -> float:
    """Share of pairs in the right order, each kind of each family with the same weight; ties count half."""
    by_group: dict[tuple[str, str], list[float]] = {}
    for pair in pairs:
        lead = sum(one.weight / one.scale * (pair.a[name] - pair.b[name]) for name, one in coefficients.items())
        right = 0.5 + 0.5 * float(np.sign(lead)) * (1 if pair.a_generalises else -1)
        by_group.setdefault((pair.family, pair.kind), []).append(right)
    return float(np.mean([np.mean(group) for group in by_group.values()]))


def held_out(pairs: Sequence[Pair]) -> dict[str, float]:
    """Accuracy on each family of coefficients that were fitted on the others."""
    families = sorted({pair.family for pair in pairs})
    return {
        family: accuracy(
            fit([pair for pair in pairs if pair.family != family]), [pair for pair in pairs if pair.family == family]
        )
        for family in families
        if len(families) > 1
    }


def module_text(coefficients: Mapping[str, Coefficient], pairs: Sequence[Pair]) -> str:
    """The source of `coefficients.py`."""
    families = ", ".join(sorted({pair.family.rpartition("/")[2] for pair in pairs}))
    lines = [
        f'"""Written by `fit.py` from {len(pairs)} pairs of {families}; do not edit."""',
        "",
        "from .coefficient import Coefficient",
        "",
        "COEFFICIENTS = {",
        *(
            f'    "{name}": Coefficient(centre={one.centre:.6g}, scale={one.scale:.6g}, weight={one.weight:.6g}),'
            for name, one in coefficients.items()
        ),
        "}",
    ]
    return "\n".join(lines) + "\n"


def main(source: Path, target: Path) -> None:
    """Fits, writes, and says how well it does, on the pairs themselves and on families left out."""
    pairs = [Pair.model_validate(document) for document in json.loads(source.read_text(encoding="utf-8"))]
    coefficients = fit(pairs)
    target.write_text(module_text(coefficients, pairs), encoding="utf-8")
    print(f"{len(pairs)} pairs, accuracy on themselves {accuracy(coefficients, pairs):.3f}")
    for family, value in held_out(pairs).items():
        print(f"{family}: accuracy {value:.3f} when fitted on the others")
    for name, one in coefficients.items():
        print(f"{one.weight:+.2f}  {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_name("coefficients.py"))
