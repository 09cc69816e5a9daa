from collections.abc import Callable, Mapping
from math import exp, log
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from interpbench.models.names import generator
from interpbench.tracks.context import Context
from interpbench_methods.meta_classifier import MetaClassifier
from interpbench_methods.meta_classifier.coefficient import Coefficient
from interpbench_methods.meta_classifier.coefficients import COEFFICIENTS
from interpbench_methods.meta_classifier.features import FEATURES, features
from interpbench_methods.meta_classifier.fit import Pair, accuracy, fit, held_out, module_text
from interpbench_methods.scalars.registry import STATISTICS

# our feature, the statistic of the scalars plug-in, and what makes one of the other
TWINS: Mapping[str, tuple[str, Callable[[float], float]]] = {
    "log weight norm": ("weight-norm", lambda s: log(-s)),
    "log minimal norm": ("minimal-norm", lambda s: log(-s)),
    "log embedding norm": ("embedding-norm", lambda s: log(-s)),
    "log effective rank": ("effective-rank", lambda s: log(-s)),
    "log train loss": ("train-loss", lambda s: -s),
    "mean tempered margin": ("tempered-margin", lambda s: s),
    "5th percentile of tempered margins": ("margin-p5", lambda s: s),
    "log sharpness": ("sharpness", lambda s: -s),
}


@pytest.mark.parametrize("architecture", ["transformer", "deep", "square", "relu", "gru"])
def test_features_are_the_scalars(architecture: str, trained: Mapping[str, Any]) -> None:
    case = trained[architecture]
    ours = features(case.network, case.rows, generator("f"))
    assert tuple(ours) == FEATURES == tuple(TWINS)
    for name, (statistic, convert) in TWINS.items():
        theirs = STATISTICS[statistic](case.network, case.rows, generator("f"))
        assert ours[name] == pytest.approx(convert(theirs), rel=1e-6, abs=1e-6), name


def test_the_score_is_the_weighted_sum(trained: Mapping[str, Any]) -> None:
    case = trained["square"]
    score = MetaClassifier().model_score(case.network, case.rows, case.domain, Context(rng=generator("f")))
    values = features(case.network, case.rows, generator("f"))
    by_hand = [(values[name] - one.centre) / one.scale * one.weight for name, one in COEFFICIENTS.items()]
    assert tuple(COEFFICIENTS) == FEATURES
    assert score == pytest.approx(sum(by_hand))


# fitting


def _pairs(count: int, seed: int, signal: Mapping[str, float], families: int = 2) -> list[Pair]:
    """Pairs that are decided by a weighted sum of some features, with logistic noise; scales differ by feature."""
    rng = np.random.default_rng(seed)
    scales = {name: 10.0 ** (place - 3) for place, name in enumerate(FEATURES)}
    pairs = []
    for number in range(count):
        a, b = ({name: 5 + scales[name] * float(rng.normal()) for name in FEATURES} for _ in "ab")
        lead = sum(weight * (a[name] - b[name]) / scales[name] for name, weight in signal.items())
        first = bool(rng.random() < 1 / (1 + exp(-lead)))
        pairs.append(Pair(family=f"t/{number % families}", kind="recipe", a=a, b=b, a_generalises=first))
    return pairs


SIGNAL = {"log weight norm": -3.0, "log sharpness": 2.0}


def test_it_finds_what_decides_and_carries_it_over() -> None:
    coefficients = fit(_pairs(400, 0, SIGNAL))
    assert coefficients["log weight norm"].weight < -1
    assert coefficients["log sharpness"].weight > 1
    assert all(abs(one.weight) < 0.7 for name, one in coefficients.items() if name not in SIGNAL)
    assert accuracy(coefficients, _pairs(400, 1, SIGNAL)) > 0.85
    assert all(value > 0.85 for value in held_out(_pairs(400, 0, SIGNAL)).values())


def test_pairs_without_a_signal_teach_nothing() -> None:
    pairs = _pairs(400, 2, {})
    assert all(abs(value - 0.5) < 0.12 for value in held_out(pairs).values())
    assert abs(accuracy(fit(pairs), _pairs(400, 3, {})) - 0.5) < 0.12


def test_the_order_of_a_pair_does_not_matter() -> None:
    pairs = _pairs(60, 4, SIGNAL)
    turned = [
        pair.model_copy(update={"a": pair.b, "b": pair.a, "a_generalises": not pair.a_generalises}) for pair in pairs
    ]
    for one, other in zip(fit(pairs).values(), fit(turned).values(), strict=True):
        assert one.weight == pytest.approx(other.weight, abs=1e-4)
        assert one.scale == pytest.approx(other.scale)


def test_weights_minimise_the_penalised_logistic_loss() -> None:
    pairs = _pairs(50, 5, SIGNAL, families=1)
    coefficients = fit(pairs)
    deltas = np.array(
        [[(pair.a[name] - pair.b[name]) / coefficients[name].scale for name in FEATURES] for pair in pairs]
    )
    signs = np.array([1 if pair.a_generalises else -1 for pair in pairs])

    def loss(weights: np.ndarray) -> float:
        return float(np.logaddexp(0, -signs * (deltas @ weights)).sum() + weights @ weights / 2)

    best = minimize(loss, np.zeros(len(FEATURES))).x
    assert [one.weight for one in coefficients.values()] == pytest.approx(best.tolist(), abs=1e-3)


def test_each_kind_of_each_family_weighs_the_same() -> None:
    few, many = _pairs(30, 6, SIGNAL, families=1), _pairs(30, 7, {"log train loss": 4.0}, families=1)
    many = [pair.model_copy(update={"kind": "seed"}) for pair in many]
    once, often = fit(few + many), fit(few + many * 5)
    ratio = {name: once[name].weight / once["log weight norm"].weight for name in FEATURES}
    for name in ("log train loss", "log sharpness"):
        assert often[name].weight / often["log weight norm"].weight == pytest.approx(ratio[name], rel=0.35)
        assert often[name].scale == pytest.approx(once[name].scale)


def test_accuracy_by_hand() -> None:
    one = {"log weight norm": Coefficient(centre=0, scale=2, weight=-1)}

    def pair(kind: str, a: float, b: float) -> Pair:
        return Pair(family="f", kind=kind, a={"log weight norm": a}, b={"log weight norm": b}, a_generalises=True)

    # recipe: right, right, wrong; seed: a tie
    pairs = [pair("recipe", 1, 2), pair("recipe", 1, 3), pair("recipe", 3, 1), pair("seed", 2, 2)]
    assert accuracy(one, pairs) == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_what_is_written_is_what_was_fitted() -> None:
    pairs = _pairs(40, 8, SIGNAL)
    coefficients = fit(pairs)
    text = module_text(coefficients, pairs)
    assert "40 pairs of 0, 1" in text
    names: dict[str, Any] = {}
    exec(text.replace("from .coefficient", "from interpbench_methods.meta_classifier.coefficient"), names)
    assert tuple(names["COEFFICIENTS"]) == FEATURES
    for name, one in names["COEFFICIENTS"].items():
        assert one.weight == pytest.approx(coefficients[name].weight, rel=1e-5)
