"""Drawing a rule of a kind, by chance and honestly: one that has something to find in it, and no shorter name."""

import numpy as np
from jaxtyping import Float, Int

from interpbench.tracks.extraction.rules.catalogue import fitting
from interpbench.tracks.extraction.rules.kinds import all_families, families
from interpbench.tracks.extraction.rules.rule import Rule

SAMPLE = 8192
"""Inputs that a rule is examined on."""
CONSTANT = 0.7
"""The best constant answer is right on at most so many inputs."""
EXCHANGE = 0.02
"""A position counts if an exchange of its token changes the answer on so many inputs."""
BRANCH = 0.2
"""Each branch has at least so many inputs, that of a guard apart."""
_TRIES = 300


class RuleNotFound(LookupError):
    """No rule with what was asked for was met in the tries allowed."""


def draw(
    kind: str,
    rng: np.random.Generator,
    *,
    length: int,
    letters: int,
    sizes: tuple[int, int],
    tries: int = _TRIES,
) -> Rule:
    """An honest rule: see `problems`; and no smaller rule of the grammar agrees with it on the inputs looked at.

    Args:
        kind: a name from `KINDS`.
        rng: source of the rule.
        length: of an input.
        letters: of the alphabet.
        sizes: the smallest and the largest size, in syntax nodes.
        tries: rules looked at.

    Raises:
        ValueError: no such kind, or no rule of it of such a size.
        RuleNotFound: none of the rules looked at is honest.
    """
    known = families(kind, length, letters)
    fit = [family for family in known if sizes[0] <= family.size <= sizes[1]]
    if not fit:
        has = ", ".join(map(str, sorted({family.size for family in known})))
        raise ValueError(f"no {kind} rule has a size from {sizes[0]} to {sizes[1]}; there are {has}")
    weights = np.log1p([len(family) for family in fit])
    for _ in range(tries):
        family = fit[rng.choice(len(fit), p=weights / weights.sum())]
        rule = family.rule(int(rng.integers(len(family))), length, letters)
        if not problems(rule, rng) and not has_simpler(rule, rng):
            return rule
    raise RuleNotFound(
        f"none of {tries} {kind} rules of size {sizes[0]} to {sizes[1]} is honest at length {length} with "
        f"{letters} letters; ask for other sizes"
    )


def problems(rule: Rule, rng: np.random.Generator) -> list[str]:
    """What makes a rule unfit for planting, on random inputs; nothing if it is fit.

    Each class has a share of at least a quarter of an even one, no constant answer is right on more than 70%, at least
    two positions matter, and no branch but that of a guard is rare.
    """
    inputs = rule.uniform(SAMPLE, rng)
    run = rule.theory.run_many(inputs)
    if run.failed.any():
        return ["it fails on some inputs"]
    answers = run.integers()
    found = unbalanced(answers, rule.classes)
    if not found and np.sum(influences(rule, inputs, rng) >= EXCHANGE) < 2:
        found.append("fewer than two positions matter")
    if rule.guard is None and run.taken.size and run.taken.mean(axis=0).min() < BRANCH:
        found.append(f"a branch has a share of {run.taken.mean(axis=0).min():.3f}, wanted {BRANCH}")
    return found


def unbalanced(answers: Int[np.ndarray, " input"], classes: int) -> list[str]:
    """What is wrong with the shares of the classes."""
    if answers.min() < 0 or answers.max() >= classes:
        return [f"answers from {answers.min()} to {answers.max()}, wanted from 0 to {classes - 1}"]
    shares = np.bincount(answers, minlength=classes) / len(answers)
    found = []
    if shares.min() < 1 / (4 * classes):
        found.append(f"class {shares.argmin()} has a share of {shares.min():.3f}, wanted {1 / (4 * classes):.3f}")
    if shares.max() > CONSTANT:
        found.append(f"the answer {shares.argmax()} is right on {shares.max():.2f} of the inputs, wanted {CONSTANT}")
    return found


def influences(
    rule: Rule, inputs: Int[np.ndarray, "input length"], rng: np.random.Generator
) -> Float[np.ndarray, " length"]:
    """For each position the share of inputs on which another token there changes the answer."""
    before = rule.answers(inputs)
    changed = []
    for place in range(rule.length):
        moved = inputs.copy()
        moved[:, place] = (moved[:, place] + rng.integers(1, rule.letters, len(moved))) % rule.letters
        changed.append(float(np.mean(rule.answers(moved) != before)))
    return np.array(changed)


def has_simpler(rule: Rule, rng: np.random.Generator) -> bool:
    """Whether a smaller rule of the grammar, of any kind, agrees with it on every input looked at."""
    smaller = [family for family in all_families(rule.length, rule.letters) if family.size < rule.size]
    inputs = rule.uniform(1024, rng)
    return len(fitting(smaller, inputs, rule.answers(inputs))) > 0
