"""Any text gives a theory or a typed error, and any theory a value or a typed error; nothing else happens."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hostile import outcome, texts

from interpbench.theory import TheoryError, parse

SUPPORT = Path(__file__).parents[1] / "support"
KINDS = {"invalid", "value", "TypeFault", "IndexFault", "FuelError", "ValueTooLarge", "BadArgument", "NoReturn"}


def counted(count: int, seed: int) -> Counter[str]:
    return Counter(outcome(text) for text in texts(count, seed))


def test_five_thousand_texts() -> None:
    kinds = counted(5_000, 0)
    assert kinds.keys() >= KINDS
    assert "an error without words" not in kinds
    assert kinds["value"] > 500  # not all of them fail


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_a_hundred_thousand_texts(seed: int) -> None:
    assert sum(counted(10_000, seed).values()) == 10_000


def test_many_inputs_of_hostile_theories() -> None:
    """Arrays neither crash nor disagree with the interpreter."""
    tokens = np.random.default_rng(0).integers(0, 7, size=(30, 5))
    tried = 0
    for text in texts(1_000, 11):
        try:
            theory = parse(text)
        except TheoryError:
            continue
        answers = theory.run_many(tokens, fuel=2_000)
        for row in (0, 29):
            try:
                wanted = theory.run(tokens[row], fuel=2_000)
            except TheoryError:
                wanted = None
            assert answers.at(row) == wanted, text
        tried += 1
    assert tried > 300


def watched(*words: str) -> list[str]:
    """What the audit hook of a process of its own prints."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(SUPPORT), *sys.path])}
    done = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True, env=environment)
    return [line for line in done.stdout.split("\n") if line and not line.startswith("slowest")]


def test_nothing_is_opened_imported_or_executed() -> None:
    """Python reports every opened file, import, execution, socket and process to an audit hook."""
    assert watched(str(SUPPORT / "hostile.py"), "900", "12") == []


def test_the_audit_hook_sees_what_it_should() -> None:
    harm = "hostile.outcome = lambda _: exec('open(\"/dev/null\")')"
    seen = watched("-c", f"import hostile; {harm}; hostile.main(1, 0)")
    assert {line.split()[0] for line in seen} == {"exec", "open"}


def test_the_package_never_executes_text() -> None:
    import interpbench.theory

    sources = list(Path(interpbench.theory.__file__).parent.rglob("*.py"))
    assert len(sources) > 15
    for source in sources:
        assert not re.search(r"(?<![.\w])(exec|eval|compile|__import__)\(", source.read_text()), source
