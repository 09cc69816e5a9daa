"""What a language model is told: the rows, the language of theories, and what was wrong with its last one."""

from collections.abc import Sequence

from interpbench.models.data import Domain, Rows

_TASK = """\
Find the rule behind data. An input is a tuple x of {length} integers{letters}; x[0] is the first. The output is an \
integer from 0 to {last}. One fixed rule gives every output from its input, and it is short: look for sums or products \
modulo a number, parity, comparisons of positions, how often a number occurs, equal neighbours, the largest, smallest \
or middle number or where it stands, a state that each number in turn updates, the number at a place that another one \
names, numbers that fall into classes, or one condition that chooses between two simpler rules. Most positions may be \
irrelevant.

Rows, as input -> output:
{rows}

Write the rule as one Python function `def rule(x):` that returns the output. Only this part of Python is allowed:
- integers, True, False, tuples, lists; indexing and slices; a if c else b
- assignment, += and the like, if/elif/else, for, break, continue, return
- + - * // % ** << >> & | ^ ~, comparisons, in, not in, and, or, not
- comprehensions, and generators inside sum, min, max, sorted, any, all, tuple
- len abs int bool tuple list min max sum sorted any all range enumerate zip
Nothing else: no import, while, lambda, method (for x.count(2) write sum(v == 2 for v in x)), string, dictionary, set, \
fraction or second function.

Examples of what such functions look like:
```python
def rule(x):
    return (2 * x[1] + x[4]) % 5
```
```python
def rule(x):
    s = 0
    for v in x:
        s = (s + 1) % 3 if v == 2 else s
    return s
```
```python
def rule(x):
    if x[0] > x[3]:
        return max(x[1:4])
    return x[x[2] % 4]
```

"""
_DIRECT = "Reply with the function alone, in one fenced block, and without explanation."
_STEPS = (
    "Think before you answer. Which positions change the output, and which do not? Which rules would give this? "
    "Test each one on several rows, row by row, and give it up when a row contradicts it. End your reply with the "
    "function that you believe in, in one fenced block."
)
_AGAIN = "Correct the rule and reply with the whole function"


def request(rows: Rows, domain: Domain, *, steps: bool) -> str:
    """The first message.

    Args:
        rows: to be shown, all of them.
        domain: where their inputs come from.
        steps: whether to ask for a chain of thought.
    """
    return _TASK.format(
        length=domain.length, letters=_letters(domain), last=domain.classes - 1, rows="\n".join(lines(rows))
    ) + (_STEPS if steps else _DIRECT)


def lines(rows: Rows) -> list[str]:
    """Rows as text: `3 1 4 -> 2`."""
    return [
        f"{' '.join(map(str, tokens))} -> {label}"
        for tokens, label in zip(rows.tokens.tolist(), rows.labels[:, 0].tolist(), strict=True)
    ]


def unreadable(reason: str, *, steps: bool) -> str:
    """The answer to a reply that holds no theory."""
    return f"I cannot read a function of the allowed kind in your reply: {reason}\n\n{_ending(steps)}"


def mistaken(wrong: int, known: int, examples: Rows, given: Sequence[int | None], *, steps: bool) -> str:
    """The answer to a theory that known rows contradict.

    Args:
        wrong: rows that contradict it.
        known: rows that it was tested on.
        examples: some of those that contradict it.
        given: what the theory says about them; None where it fails.
        steps: whether to ask for a chain of thought.
    """
    shown = "\n".join(
        f"{line}, but your function {'fails' if answer is None else f'gives {answer}'}"
        for line, answer in zip(lines(examples), given, strict=True)
    )
    return f"Your function is wrong on {wrong} of {known} rows, for example:\n{shown}\n\n{_ending(steps)}"


def overfitted(wrong: int, unseen: int, *, steps: bool) -> str:
    """The answer to a theory that fits all known rows, and not others."""
    return (
        f"Your function is right on all rows that you know and wrong on {wrong} of {unseen} others, so it is not the "
        f"rule. Look for a simpler one.\n\n{_ending(steps)}"
    )


def _ending(steps: bool) -> str:
    how = "Reason first, then end your reply with it" if steps else "Reply with it alone"
    return f"{_AGAIN}. {how}, in one fenced block."


def _letters(domain: Domain) -> str:
    alphabets = {tuple(alphabet) for alphabet in domain.alphabets}
    if len(alphabets) == 1:
        return f" from {', '.join(map(str, alphabets.pop()))}"
    each = "; ".join(f"x[{place}] from {', '.join(map(str, found))}" for place, found in enumerate(domain.alphabets))
    return f" ({each})"
