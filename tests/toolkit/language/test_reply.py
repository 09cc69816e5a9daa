import pytest

from interpbench.theory import parse
from interpbench.toolkit.language.reply import read

GOOD = "def rule(x):\n    return x[0]\n"
OTHER = "def rule(x):\n    return x[1]\n"


@pytest.mark.parametrize(
    "reply",
    [
        f"```python\n{GOOD}```",
        f"```\n{GOOD}```\nThat is it.",
        f"```py \n{GOOD}",
        f"First\n```python\n{OTHER}```\nno:\n```python\n{GOOD}```\n",
        f"```python\n{GOOD}```\nUse it like this:\n```\nrule((1, 2))\n```",
        f"<think>```python\n{OTHER}```</think>\n{GOOD}",
        f"The rule is\n{GOOD}\nwhich returns the first.",
        f"```{GOOD}```",
        GOOD.replace("\n", "\r\n"),
    ],
)
def test_the_last_block_that_is_a_theory(reply: str) -> None:
    found = read(reply)
    assert found.theory == parse(GOOD), found.reason
    assert parse(found.text) == found.theory


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ("", "no function"),
        ("It copies the first token.", "no function"),
        ("```python\nimport os\ndef rule(x):\n    return os.getpid()\n```", "line 2"),
        ("```python\ndef rule(x):\n    return x[0\n```", "line 2"),
        (f"<think>```python\n{GOOD}```</think> I do not know.", "no function"),
    ],
)
def test_why_there_is_none(reply: str, says: str) -> None:
    found = read(reply)
    assert found.theory is None
    assert says in found.reason


def test_a_long_reply_is_read_from_its_end() -> None:
    assert read("so " * 200_000 + f"\n```python\n{GOOD}```").theory == parse(GOOD)
