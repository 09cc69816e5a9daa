"""The running values of all shipped rules against loops over tokens; what every rule must keep."""

from collections.abc import Callable

import pytest
import torch

from interpbench.tracks.scratchpad.rules import Rule, prefixes
from interpbench_tasks.scratchpad.dev_steps import DevSteps
from interpbench_tasks.scratchpad.stated_steps import StatedSteps

RULES = {**StatedSteps.rules, **DevSteps.rules}


def folded(read: list[int]) -> int:
    found = 0
    for letter in read:
        found ^= letter
    return found


VALUES: dict[str, Callable[[list[int]], int]] = {
    "sums": lambda read: sum(read) % 5,
    "parities": lambda read: sum(letter in {2, 3} for letter in read) % 2,
    "maxima": max,
    "counts": lambda read: read.count(0),
    "xors": folded,
    "latest": lambda read: next((letter for letter in reversed(read) if letter >= 2), 0),
    "seconds": lambda read: sorted(read)[-2],
    "minima": min,
    "alternating": lambda read: (sum(read[::2]) - sum(read[1::2])) % 4,
    "spreads": lambda read: max(read) - min(read),
    "earliest": lambda read: next((letter for letter in read if letter >= 2), 0),
}
ANSWERS: dict[str, Callable[[int, int, int], int]] = {
    "sums": lambda a, b, c: (c - a) % 5,
    "parities": lambda a, b, c: a + b + c,
    "maxima": lambda a, b, c: c - a,
    "counts": lambda a, b, c: (a + b + c) % 7,
    "xors": lambda a, b, c: a ^ c,
    "latest": lambda a, b, c: (a + c) % 5,
    "seconds": lambda a, b, c: c - a,
    "minima": lambda a, b, c: a - c,
    "alternating": lambda a, b, c: (c - a) % 4,
    "spreads": lambda a, b, c: c - a,
    "earliest": lambda a, b, c: (a + c) % 5,
}


def drawn(rule: Rule, count: int = 3000) -> torch.Tensor:
    rng = torch.Generator().manual_seed(0)
    return torch.randint(rule.layout.letters, (count, rule.layout.terms), generator=rng)


@pytest.mark.parametrize("name", RULES)
def test_steps_and_answers_are_those_of_a_loop(name: str) -> None:
    rule = RULES[name]
    inputs = drawn(rule, 300)
    steps = rule.state(inputs)
    answers = rule.conclude(steps).tolist()
    for read, stated, answer in zip(inputs.tolist(), steps.tolist(), answers, strict=True):
        assert stated == [VALUES[name](read[:end]) for end in prefixes(rule.layout)]
        assert answer == ANSWERS[name](*stated)


@pytest.mark.parametrize("name", RULES)
def test_no_answer_is_a_copy_of_a_step_or_nearly_always_the_same(name: str) -> None:
    rule = RULES[name]
    steps = rule.state(drawn(rule))
    answers = rule.conclude(steps)
    assert float((steps == answers[:, None]).float().mean(dim=0).max()) < 0.8
    assert float(torch.bincount(answers).max()) < 0.8 * len(answers)


@pytest.mark.parametrize("name", RULES)
def test_any_scratchpad_of_the_domain_has_an_answer_among_the_values(name: str) -> None:
    rule = RULES[name]
    pads = torch.cartesian_prod(*[torch.arange(rule.layout.values)] * rule.layout.steps)
    if name != "parities":  # its sum of three steps is within the values for steps that an input leads to
        assert set(rule.conclude(pads).tolist()) <= set(range(rule.layout.values))
    assert set(rule.conclude(rule.state(drawn(rule))).tolist()) <= set(range(rule.layout.values))


def test_no_rule_is_both_public_and_of_suite_dev() -> None:
    assert not set(StatedSteps.rules) & set(DevSteps.rules)
