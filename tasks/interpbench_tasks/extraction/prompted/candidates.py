"""Rules that a small language model might follow from a few lines: all that are tried, whether they pass or not."""

from interpbench.models.config import PromptedConfig
from interpbench.theory import canonical, parse
from interpbench.tracks.extraction.key import Kind
from interpbench.tracks.extraction.recipe import Recipe

MODEL = "SmolLM2-135M-Instruct, Q4_1"
LETTERS = 6
SETTINGS = ((3, 16), (4, 16), (4, 48))
"""(tokens of an input, rows of the prompt)."""
PROMPTS = 2
"""Prompts of each rule in each setting: other rows."""
BUDGET = 128
"""Inputs that the model may be asked."""
RULES = {
    "first": "x[0]",
    "second": "x[1]",
    "last": "x[{last}]",
    "largest": "max(x)",
    "smallest": "min(x)",
    "equal": "x[0] == x[1]",
    "odd": "x[0] % 2",
    "odd_sum": "sum(x) % 2",
    "high": "x[0] > 2",
    "high_sum": "sum(x) > {half}",
}
YES_OR_NO = {"equal", "odd", "odd_sum", "high", "high_sum"}


def candidate(name: str, number: int) -> Recipe:
    """A rule in a prompt; the number tells setting and rows."""
    length, shots = SETTINGS[number % len(SETTINGS)]
    text = RULES[name].format(last=length - 1, half=(LETTERS - 1) * length // 2)
    alphabets, classes = (tuple(range(LETTERS)),) * length, 2 if name in YES_OR_NO else LETTERS
    config = PromptedConfig(
        vocabulary=LETTERS, length=length, positions=(length - 1,), classes=classes, model=MODEL, shots=shots
    )
    return Recipe(
        role=Kind.PLAIN,
        name=name,
        stratum=f"length-{length}-shots-{shots}",
        config=config,
        number=number,
        theory=str(canonical(parse(f"def rule(x):\n    return {text}\n"))),
        alphabets=alphabets,
        classes=classes,
        shown=shots,
        training=None,
        budget=BUDGET,
        tries=1,
    )


def candidates() -> list[Recipe]:
    """Every rule in every setting, more than once."""
    return [candidate(name, number) for name in RULES for number in range(PROMPTS * len(SETTINGS))]
