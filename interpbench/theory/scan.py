"""A first look at a text, before Python's parser sees it: its length, its characters, the depth of its brackets.

After it a text holds names, integers and the signs of the language, and nothing else: no strings (and so no `#` that
is not a comment), no letters beyond ASCII, no comments.
"""

import re
import unicodedata

from interpbench.theory.errors import InvalidTheory, Place
from interpbench.theory.limits import NAME, NESTING, TEXT, TOKENS

_SPACE = re.compile(r"(?:[ \t]|#[^\n]*)+")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+(?:_[0-9]+)*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_SIGN = re.compile(r"\n|\*\*=?|//=?|<<=?|>>=?|->|[-+*%&|^]=?|[<>=!]=|[<>=~()\[\]:,;]")
_WRONG = {
    ":=": ("an assignment inside an expression", "an assignment in a line of its own"),
    '"': ("a string", "integers, truth values and tuples; remarks are written after #"),
    "'": ("a string", "integers, truth values and tuples; remarks are written after #"),
    "{": ("a set or a dictionary", "tuples: `v in (1, 2)`"),
    "}": ("a set or a dictionary", "tuples: `v in (1, 2)`"),
    ".": ("a point, which attributes and fractions have", "functions and integers: `sum(v == 2 for v in x)`, `7 // 2`"),
    "@": ("@", "one function without decorators, and * for products"),
    "\\": ("a backslash", "a bracket around what goes on in the next line"),
    "/": ("a division with fractions", "// and %"),
}


def scan(text: str) -> str:
    """The text without its comments, every other character at its old place.

    Raises:
        InvalidTheory: too long, too deep, or with something in it that the language does not have.
    """
    text = text.replace("\r\n", "\n")
    if len(text) > TEXT:
        raise InvalidTheory(f"a text of {len(text)} characters", f"{TEXT}")
    kept: list[str] = []
    depth = tokens = prefixes = here = 0
    while here < len(text):
        if space := _SPACE.match(text, here):
            _plain_comment(text, here, space.end())
            kept.append(space[0].partition("#")[0])
            here = space.end()
            continue
        token = _token(text, here)
        kept.append(token)
        tokens += 1
        depth += (token in "([") - (token in ")]")
        prefixes = prefixes + 1 if token in ("-", "+", "~", "not") else 0
        if max(depth, prefixes) > NESTING:
            raise InvalidTheory(
                f"{NESTING + 1} brackets or signs in each other", f"{NESTING}", _place(text, here), text
            )
        if tokens > TOKENS:
            raise InvalidTheory(f"more than {TOKENS} words and signs", f"{TOKENS}", _place(text, here), text)
        here += len(token)
    return "".join(kept)


def _token(text: str, here: int) -> str:
    if text.startswith(":=", here):
        raise InvalidTheory(*_WRONG[":="], _place(text, here), text)
    if number := _NUMBER.match(text, here):
        after = text[number.end() : number.end() + 1]
        if after == "." or _WORD.match(after) or after.isdigit():
            got = f"{text[here : number.end() + 8].split()[0]!a}, which is no integer"
            raise InvalidTheory(got, "integers, such as 12, 1_000 or 0xff", _place(text, here), text)
        return number[0]
    if word := _WORD.match(text, here):
        if word[0].startswith("__"):
            raise InvalidTheory(f"the name {word[0][:NAME]}", "names without two leading _", _place(text, here), text)
        if len(word[0]) > NAME:
            raise InvalidTheory(f"a name of {len(word[0])} characters", f"{NAME}", _place(text, here), text)
        return word[0]
    if sign := _SIGN.match(text, here):
        return sign[0]
    got, allowed = _WRONG.get(text[here], (_character(text[here]), "letters, digits and signs of ASCII"))
    raise InvalidTheory(got, allowed, _place(text, here), text)


def _plain_comment(text: str, start: int, stop: int) -> None:
    for here in range(start, stop):
        if text[here] < " " and text[here] != "\t":
            raise InvalidTheory(_character(text[here]), "comments without control characters", _place(text, here), text)


def _character(character: str) -> str:
    return f"the character U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _place(text: str, here: int) -> Place:
    return Place(text.count("\n", 0, here) + 1, here - (text.rfind("\n", 0, here) + 1) + 1)
