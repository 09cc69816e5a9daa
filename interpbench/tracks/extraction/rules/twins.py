"""Twins: rules of nearly equal size that agree on every shown row, and elsewhere do not.

Whoever reads the rows alone cannot know which of the rules a network follows. `a0` is what the best such reader gets
on the inputs where they differ, averaged over the twins, and a score counts from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int

from interpbench.theory.domain import drawn
from interpbench.tracks.extraction.rules.catalogue import catalogue, consistent
from interpbench.tracks.extraction.rules.drawing import RuleNotFound, draw, has_simpler, problems, unbalanced
from interpbench.tracks.extraction.rules.kinds import KINDS, all_families
from interpbench.tracks.extraction.rules.rule import Rule, Tokens, alphabets

Stratum = Literal["common", "rare"]
MEASURES: dict[Stratum, tuple[float, float]] = {"common": (0.1, 0.7), "rare": (1e-3, 1e-2)}
"""The measure of the inputs on which two of the rules differ, by stratum."""
MOST = 5
"""Rules that fit the shown rows, at most."""
_BANDS = ((0.1, 0.25), (0.25, 0.45), (0.45, 0.7))
"""Shares on which common twins differ; one of them is drawn, since most pairs of rules differ on half of the inputs."""
_FAMILIES = 50
"""Families that are searched for a partner of a rule."""
_PARTNERS = 64
"""Partners of a rule that are looked at for a rare difference."""
_SAMPLE = 20_000
_BATCH = 50_000
_TRIES = 60


@dataclass(frozen=True, kw_only=True, eq=False)
class Twins:
    """Rules that fit the same rows.

    Attributes:
        rules: all rules of the grammar, up to the size of the largest, that fit the rows; smallest first.
        tokens: (row, length) the shown rows.
        labels: (row,) what every rule says of them.
        stratum: whether the rules differ on many inputs or on few.
        measure: share of the domain on which not all agree, an estimate.
    """

    rules: tuple[Rule, ...]
    tokens: Tokens
    labels: Int[np.ndarray, " row"]
    stratum: Stratum
    measure: float

    @property
    def classes(self) -> int:
        """Answers of all rules are below."""
        return max(rule.classes for rule in self.rules)

    def answers(self, inputs: Tokens) -> Int[np.ndarray, "rule input"]:
        """What each rule says."""
        return np.stack([rule.answers(inputs) for rule in self.rules])

    def agree(self, inputs: Tokens) -> Bool[np.ndarray, " input"]:
        """Where all rules say the same."""
        return _agree(self.rules, inputs)

    def agreeing(self, n: int, rng: np.random.Generator) -> Tokens:
        """Inputs drawn uniformly from those on which all rules agree."""
        return _sampled(self.rules, True, n, rng)

    def differing(self, n: int, rng: np.random.Generator) -> Tokens:
        """Inputs drawn uniformly from those on which not all agree; of rare ones 1,000 take seconds."""
        return _sampled(self.rules, False, n, rng)

    def a0(self, inputs: Tokens) -> float:
        """`a0` of the rules' answers on the inputs."""
        return a0(self.answers(inputs))


def a0(answers: Int[np.ndarray, "rule input"]) -> float:
    """Accuracy of the best single answer to each input, averaged over rules that are equally likely.

    A reader of rows that all rules fit gives one answer to an input, whichever rule is the network's. So averaged over
    the twins no such reader is better.

    >>> a0(np.array([[0, 1], [2, 1], [2, 3]]))
    0.6666666666666666
    """
    votes = (answers[:, None, :] == answers[None, :, :]).sum(axis=0)  # (rule, input)
    return float((votes.max(axis=0) / len(answers)).mean())


def skill(accuracy: float, floor: float) -> float:
    """What an accuracy is worth over that of the best reader of the rows, not clipped: 0 for it, 1 for the rule."""
    return (accuracy - floor) / (1 - floor)


def twins(
    rng: np.random.Generator,
    *,
    length: int,
    letters: int,
    rows: int,
    stratum: Stratum = "common",
    sizes: tuple[int, int] = (10, 24),
    near: int = 4,
    tries: int = _TRIES,
) -> Twins:
    """Draws rules that agree on a good part of the domain, and rows of that part which only they fit.

    Args:
        rng: source of everything.
        length: of an input.
        letters: of the alphabet.
        rows: shown, drawn uniformly where the first two rules agree.
        stratum: `common` for a measure of the differing inputs of at least .1, `rare` for 1e-3 to 1e-2.
        sizes: the smallest and the largest size of a rule.
        near: sizes differ by at most so much.
        tries: pairs looked at, those that differ on too much or too little apart.

    Raises:
        RuleNotFound: none of the pairs will do.
    """
    pairs = _common_pairs if stratum == "common" else _rare_pairs
    candidates = pairs(rng, length, letters, sizes, near)
    for _, (first, second) in zip(range(tries), candidates, strict=False):
        made = _shown(first, second, rng, rows, stratum, near)
        if made:
            return made
    raise RuleNotFound(f"no {stratum} twins of size {sizes[0]} to {sizes[1]} among the pairs that {tries} tries met")


def _shown(first: Rule, second: Rule, rng: np.random.Generator, rows: int, stratum: Stratum, near: int) -> Twins | None:
    """Rows for a pair; None if they fit too few rules or too many, or rules that are too far or too close."""
    tokens = _sampled((first, second), True, rows, rng)
    labels = first.answers(tokens)
    largest = max(first.size, second.size)
    found = tuple(consistent(tokens, labels, first.length, first.letters, largest))
    if not 2 <= len(found) <= MOST or largest - found[0].size > near:
        return None
    inputs = first.uniform(_SAMPLE, rng)
    measure = float(np.mean(~_agree(found, inputs)))
    low, high = MEASURES[stratum]
    apart = [
        np.mean(one.answers(inputs) != other.answers(inputs)) for n, one in enumerate(found) for other in found[:n]
    ]
    if min(apart) < low or measure > high:
        return None
    return Twins(rules=found, tokens=tokens, labels=labels, stratum=stratum, measure=measure)


def _common_pairs(
    rng: np.random.Generator, length: int, letters: int, sizes: tuple[int, int], near: int
) -> Iterator[tuple[Rule, Rule]]:
    """An honest rule, and another of nearly its size, of as many classes, that differs from it on a drawn share."""
    while True:
        first = _any(rng, length, letters, sizes)
        inputs = first.uniform(1024, rng)
        answers = first.answers(inputs)[:, None]
        band = _BANDS[rng.integers(len(_BANDS))]
        close = [
            family
            for family in all_families(length, letters)
            if family.classes == first.classes and abs(family.size - first.size) <= near and family.size <= sizes[1]
        ]
        for place in rng.permutation(len(close))[:_FAMILIES].tolist():
            family = close[place]
            some = np.unique(rng.integers(len(family), size=64))
            apart = (family.answers(inputs, some) != answers).mean(axis=0)
            fit = some[(band[0] < apart) & (apart < band[1])]
            if len(fit):
                second = family.rule(int(rng.choice(fit)), length, letters)
                if not problems(second, rng) and not has_simpler(second, rng) and _fair(first, second, rng):
                    yield first, second
                    break


def _rare_pairs(
    rng: np.random.Generator, length: int, letters: int, sizes: tuple[int, int], near: int
) -> Iterator[tuple[Rule, Rule]]:
    """Two rules that the first inputs of a listing do not tell apart, and all inputs do; one of them is honest."""
    listing, coarse = catalogue(length, letters, sizes[1])
    order = np.argsort(coarse, kind="stable")
    _, group, counts = np.unique(coarse, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    size = np.array([family.size for family in listing.families])[listing.family]
    kind = np.array([list(KINDS).index(family.kind) for family in listing.families])[listing.family]
    low, high = MEASURES["rare"]
    inputs = drawn(alphabets(length, letters), _SAMPLE, rng)
    alike = (counts[group] > 1) & (size >= sizes[0])
    while True:
        places = np.flatnonzero(alike & (kind == rng.integers(len(KINDS))))
        for place in _one_a_family(listing.family[places], rng):
            first = int(places[place])
            said = listing.answers(np.array([first]), inputs)[:, 0]
            if unbalanced(said, listing.families[int(listing.family[first])].classes):
                continue
            members = order[ends[group[first]] - counts[group[first]] : ends[group[first]]]
            near_by = members[(abs(size[members] - size[first]) <= near) & (members != first)]
            others = rng.permutation(near_by)[:_PARTNERS]
            apart = np.array([np.mean(listing.answers(np.array([other]), inputs)[:, 0] != said) for other in others])
            fit = others[(low <= apart) & (apart <= high)]
            rule = listing.rule(first, length, letters)
            if len(fit) and not problems(rule, rng):
                yield rule, listing.rule(int(rng.choice(fit)), length, letters)
                break


def _one_a_family(families: Int[np.ndarray, " rule"], rng: np.random.Generator) -> list[int]:
    """A random rule of each family, in random order; large families do not drown small ones."""
    order = rng.permutation(len(families))
    _, firsts = np.unique(families[order], return_index=True)
    return [int(place) for place in rng.permutation(order[firsts])]


def _any(rng: np.random.Generator, length: int, letters: int, sizes: tuple[int, int]) -> Rule:
    """An honest rule of any kind that has one."""
    while True:
        try:
            return draw(str(rng.choice(list(KINDS))), rng, length=length, letters=letters, sizes=sizes, tries=20)
        except (RuleNotFound, ValueError):
            continue


def _fair(first: Rule, second: Rule, rng: np.random.Generator) -> bool:
    """Whether the classes have fair shares where two rules agree."""
    tokens = first.uniform(_SAMPLE, rng)
    agreed = first.answers(tokens)[_agree((first, second), tokens)]
    return len(agreed) > 0 and not unbalanced(agreed, first.classes)


def _agree(rules: tuple[Rule, ...], inputs: Tokens) -> Bool[np.ndarray, " input"]:
    answers = np.stack([rule.answers(inputs) for rule in rules])
    return np.asarray((answers == answers[0]).all(axis=0))


def _sampled(rules: tuple[Rule, ...], agreeing: bool, n: int, rng: np.random.Generator) -> Tokens:
    """Inputs on which all rules agree, or not all, drawn uniformly by rejection."""
    found = [np.zeros((0, rules[0].length), dtype=np.int64)]
    while sum(map(len, found)) < n:
        inputs = rules[0].uniform(min(_BATCH, max(4 * n, 1024)) if agreeing else _BATCH, rng)
        found.append(inputs[_agree(rules, inputs) == agreeing])
    return np.concatenate(found)[:n]
