"""Labels of chosen inputs: those on which the theories that are still possible disagree.

References: Solar-Lezama 2008 (counterexample-guided synthesis); Mitchell 1982 (version spaces); Jha et al. 2010
(distinguishing inputs).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from interpbench.theory import Theory
from interpbench.toolkit.synthesis.frontier import Candidate
from interpbench.toolkit.synthesis.search import Search

Ask = Callable[[Int[np.ndarray, "query length"]], Int[np.ndarray, " query"]]

_POOL = 4000
_ROUND = 8
_SURE = 24


@dataclass(frozen=True, kw_only=True, eq=False)
class Improved:
    """What questions led to.

    Attributes:
        search: the last one, over all rows.
        asked: labels that were asked for.
        searches: that were begun.
    """

    search: Search
    asked: int
    searches: int


def improve(search: Search, ask: Ask, budget: int, most_searches: int = 4) -> Improved:
    """Asks for labels until the theories found agree with each other, and with labels that were not asked for by them.

    Each round asks about the inputs that split the candidates most evenly, and about some drawn at random; theories
    that a label refutes are dropped, and a new search begins over the longer rows when none is left.

    Args:
        search: run already, or not; it stays as it is.
        ask: the labels of inputs.
        budget: how many labels may be asked for.
        most_searches: searches that may be begun, each with the budget of the first.
    """
    rng = np.random.default_rng(search.seed + 1)
    if not search.frontier.candidates:
        search.run()
    asked, searches, confirmed = 0, 1, 0
    tokens, labels = search.tokens, search.labels
    alive = _alive(search)
    while asked < budget and confirmed < _SURE:
        queries = chosen([one.theory for one in alive], tokens, min(_ROUND, budget - asked), rng)
        answers = np.asarray(ask(queries), dtype=np.int64)
        asked += len(queries)
        tokens, labels = np.concatenate([tokens, queries]), np.concatenate([labels, answers])
        held = [one for one in alive if np.array_equal(_answers(one.theory, queries), answers)]
        confirmed = confirmed + len(queries) if len(held) == len(alive) == 1 else 0
        if held:
            alive = held
        elif searches < most_searches:
            search, searches = _again(search, tokens, labels), searches + 1
            alive = _alive(search)
        else:
            break
    if len(labels) > len(search.labels):
        search = _carried(search, tokens, labels, alive)
    return Improved(search=search, asked=asked, searches=searches)


def chosen(
    theories: list[Theory], tokens: Int[np.ndarray, "row length"], count: int, rng: np.random.Generator
) -> Int[np.ndarray, "query length"]:
    """Inputs about which the theories' answers have most entropy, the rest at random; half of the pool is near rows."""
    letters = [np.unique(tokens[:, place]) for place in range(tokens.shape[1])]
    pool = np.stack([rng.choice(own, _POOL) for own in letters], axis=1)
    near = tokens[rng.integers(0, len(tokens), _POOL // 2)].copy()
    places = rng.integers(0, tokens.shape[1], len(near))
    near[np.arange(len(near)), places] = pool[: len(near), :][np.arange(len(near)), places]
    pool[: len(near)] = near
    votes = np.stack([_answers(theory, pool) for theory in theories])  # (theory, input)
    agree = (
        (votes[:, None] == votes[None]).mean(axis=0)
        if len(votes) <= 16
        else (votes[:16, None] == votes[:16]).mean(axis=0)
    )
    entropy = -np.log(agree).mean(axis=0)
    order = np.argsort(-entropy, kind="stable")[:count]
    disputed = order[entropy[order] > 0]
    fresh = rng.permutation(_POOL)[: count - len(disputed)]
    return np.asarray(pool[np.concatenate([disputed, fresh])])


def _alive(search: Search) -> list[Candidate]:
    return search.consistent or [search.best]


def _answers(theory: Theory, tokens: Int[np.ndarray, "row length"]) -> Int[np.ndarray, " row"]:
    """Answers, -1 where the theory fails or gives a sequence."""
    answers = theory.run_many(tokens)
    return np.where(answers.failed | (answers.lengths >= 0), -1, answers.values[:, 0])


def _again(search: Search, tokens: np.ndarray, labels: np.ndarray) -> Search:
    fresh = _fresh(search, tokens, labels)
    fresh.run()
    return fresh


def _fresh(search: Search, tokens: np.ndarray, labels: np.ndarray) -> Search:
    return Search(
        tokens,
        labels,
        hints=search.hints,
        budget=search.budget,
        probes=search.probes,
        patient=search.patient,
        seed=search.seed,
    )


def _carried(search: Search, tokens: np.ndarray, labels: np.ndarray, alive: list[Candidate]) -> Search:
    """A search over all rows that holds the theories that are left, measured again."""
    fresh = _fresh(search, tokens, labels)
    for one in alive:
        fresh.frontier.admit(one.theory)
    return fresh
