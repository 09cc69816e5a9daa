"""Texts that nobody should be able to do harm with: broken theories, soups of tokens, and attacks of any size.

Run as a program it parses and runs many of them under an audit hook and prints what Python reported: opened files,
imports, executed code, sockets.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator

from theories import Writer

from interpbench.theory import RunError, TheoryError, canonical, parse, unparse
from interpbench.theory.parser import NO_FILE

WORDS = (
    "def rule f lambda x y _ __class__ __import__ import os from while for in if else elif return yield await async "
    "with as try except finally raise assert del global nonlocal class pass break continue is not and or None True "
    "False print eval exec open getattr len sum min max sorted any all range enumerate zip abs int bool tuple list map "
    "( ) [ ] { } : , ; . .. ... @ -> := = == != < <= > >= + - * / // % ** << >> & | ^ ~ += -= **= 0 1 -1 2 10**10 "
    "0xff 1_000 1.5 1e9 1j 07 'a' \"b\" f'{x}' b'' "
    "\\ \\n \n \t \0 \ufeff \u00e9 \u0445 \uff58 \uff10 \U0001d7cf \u2227 \u2019 # $ ? ! `"
)
SOUP = WORDS.split(" ")

ATTACKS: list[Callable[[int], str]] = [
    lambda n: f"def f(x): return {'(' * n}1{')' * n}",
    lambda n: f"def f(x): return {'[' * n}{']' * n}",
    lambda n: f"def f(x): return {'-' * n}1",
    lambda n: f"def f(x): return {'not ' * n}1",
    lambda n: f"def f(x): return {'~ - + not ' * n}1",
    lambda n: f"def f(x): return {'1+' * n}1",
    lambda n: f"def f(x): return {'2**' * n}2",
    lambda n: f"def f(x): return {'1 if x else ' * n}2",
    lambda n: f"def f(x): return x{'[0]' * n}",
    lambda n: f"def f(x): return x{'[1:]' * n}",
    lambda n: f"def f(x): return {'len(' * n}x{')' * n}",
    lambda n: f"def f(x): return {'x < ' * n}1",
    lambda n: f"def f(x): return {'x and ' * n}1",
    lambda n: f"def f(x): return {'9' * n}",
    lambda n: f"def f(x): return 0x{'f' * n}",
    lambda n: f"def f(x): return 10**10**{n}",
    lambda n: f"def f(x): return 1 << {n} << {n}",
    lambda n: f"def f(x): return (-7) ** {n} // 3 ** {n}",
    lambda n: f"def f(x): return len(range(10**{n % 70}))",
    lambda n: f"def f(x): return range(-10**{n % 70}, 10**{n % 70}, 10**{n % 69})",
    lambda n: f"def f(x): return sorted(range({n}, 0, -1))",
    lambda n: f"def f(x): return (1, 2) * {n} * {n}",
    lambda n: f"def f(x): return () * 10**{n % 70}",
    lambda n: f"def f(x): return x[10**{n % 70}:-10**{n % 70}:10**{n % 70}]",
    lambda n: f"def f(x):\n    t = (1,)\n    for i in range({n}):\n        t = t + t\n    return t",
    lambda n: f"def f(x):\n    t = (1,)\n    for i in range({n}):\n        t = (t, t)\n    return t == t",
    lambda n: f"def f(x):\n    t = ()\n    for i in range({n}):\n        t = (t,)\n    return t < t",
    lambda n: f"def f(x):\n    t = 3\n    for i in range({n}):\n        t = t * t\n    return t",
    lambda n: f"def f(x): return [{'0 ' + 'for i in range(9) ' * n}]",
    lambda n: f"def f(x): return [{'0 ' + 'for i in [i for i in x] ' * n}]",
    lambda n: f"def f(x): return {'[' * (n % 60)}0{' for i in range(99)]' * (n % 60)}",
    lambda n: f"def f(x): return sum({'sum(' * (n % 30)}1{' for i in range(50))' * (n % 30)} for j in x)",
    lambda n: (
        "def f(x):\n" + "".join(f"{' ' * (i + 1)}for i{i} in range(9):\n" for i in range(n % 130)) + " " * 140 + "pass"
    ),
    lambda n: "def f(x):\n" + "".join(f"{' ' * (i + 1)}if x:\n" for i in range(n % 130)) + " " * 140 + "pass",
    lambda n: "def f(x):\n    if x: pass\n" + "    elif x: pass\n" * n,
    lambda n: "def f(x):\n" + "    x = x\n" * n,
    lambda n: f"def f(x):{' ' * n}return 1",
    lambda n: f"def f(x): return {'a' * n}",
    lambda n: f"def {'f' * n}(x): return 1 # {'é' * n}",
    lambda n: f"def f(x): return 1 # {chr(0)}{'x' * n}",
    lambda n: f"def f(x): return 1 # {chr(0xD800)}{'x' * n}",
    lambda n: f"# -*- coding: utf-7 -*-\ndef f(x): return {n}",
    lambda n: f"def f(x): return f(x[{n}:])",
    lambda n: f"def f(x, y={n}): return 1",
    lambda n: f"def f(*x): return {n}",
    lambda n: "import os\nos.system('touch /tmp/harm')",
    lambda n: "def f(x): return __import__('os').system('touch /tmp/harm')",
    lambda n: "def f(x): return ().__class__.__bases__[0].__subclasses__()",
    lambda n: "def f(x): return (lambda g: g(g))(lambda g: g(g))",
    lambda n: "def f(x): return open('/etc/passwd')",
    lambda n: "def f(x):\n    while 1: pass",
    lambda n: "def f(x):\r\n\treturn 1\r\n        return 2",
    lambda n: "\ufeffdef f(x): return 1",
    lambda n: "def f(x): return '%s' % x",
    lambda n: "def f(x): return f'{x!r:{x}}'",
    lambda n: "def f(x): return ﬁ(x)",
    lambda n: "def f(x):\n    x[0] = 1\n    return x",
    lambda n: "def f(x):\n    del x",
    lambda n: "def f(x):\n    global x\n    return (yield x)",
    lambda n: "async def f(x): return [i async for i in x]",
    lambda n: "def f(x): return [*x, *x]",
    lambda n: "def f(x): return {**x}",
    lambda n: "",
    lambda n: "\x00" * n,
    lambda n: "\n" * n,
    lambda n: "(" * n,
    lambda n: "def f(x): return " + "," * n,
    lambda n: "\t" * n + "def f(x): return 1",
]


def _nested(head: str, depth: int) -> str:
    return "def f(x):\n" + "".join(f"{' ' * level}{head}\n" for level in range(1, depth + 1)) + " " * 140 + "pass"


def texts(count: int, seed: int) -> Iterator[str]:
    """Hostile texts: a third are theories, most of them wrong in kinds; a third are broken; the rest attack."""
    rng = random.Random(seed)
    for number in range(count):
        match number % 3:
            case 0:
                yield Writer(rng, wild=rng.choice([0.05, 0.3])).theory(rng.randint(0, 4))
            case 1:
                yield _broken(Writer(rng).theory(2), rng)
            case _:
                yield _attack(rng)


def _broken(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 4)):
        here, there = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        there = min(there, here + 12)
        match rng.randrange(4):
            case 0:
                text = text[:here] + text[there:]
            case 1:
                text = text[:here] + text[here:there] * rng.choice([2, 3, 50]) + text[there:]
            case 2:
                text = text[:here] + rng.choice(SOUP) + text[there:]
            case _:
                text = text[:here] + chr(rng.choice([0, 9, 12, 13, 127, 160, 0x2028, 0xD800, 0x10FFFF])) + text[here:]
    return text


def _attack(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return rng.choice(["", "def f(x): return ", "def f(x):\n    "]) + " ".join(
            rng.choices(SOUP, k=rng.randint(1, 25))
        )
    return rng.choice(ATTACKS)(rng.choice([0, 1, 2, 3, 10, 30, 60, 99, 100, 101, 300, 2000, 10_000]))


def outcome(text: str) -> str:
    """What becomes of a text; any exception but TheoryError escapes."""
    try:
        theory = parse(text)
    except TheoryError as error:
        return "invalid" if str(error) else "an error without words"
    assert parse(unparse(theory)) == theory
    canonical(theory)
    try:
        theory.run((3, 1, 2, 0, 3))
    except RunError as error:
        return type(error).__name__ if str(error) else "an error without words"
    return "value"


_WATCHED = ("exec", "open", "import", "socket", "os.", "subprocess", "shutil", "ctypes", "marshal", "pickle", "urllib")


def main(count: int, seed: int) -> None:
    """Prints watched audit events, one a line, then the slowest text's milliseconds."""
    outcome("def f(x): return x.y")  # what Python loads at a first error
    outcome("def f(x): return")
    events: list[str] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(_WATCHED) and (event != "open" or arguments[0] != NO_FILE):
            events.append(f"{event} {arguments}")

    sys.addaudithook(watch)
    slowest = 0.0
    for text in texts(count, seed):
        start = time.perf_counter()
        outcome(text)
        slowest = max(slowest, time.perf_counter() - start)
    seen = sorted(set(events))
    print(*seen, f"slowest: {slowest * 1000:.0f} ms", sep="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
