"""Bundles of a few KB that would keep their readers busy for minutes; honest ones fit several times over."""

import time
from pathlib import Path

import pytest
from bundles import ADDITION

from interpbench.plugins.discovery import find_suite, suites, tasks
from interpbench.plugins.manifest import PluginError
from interpbench.run.plan import make_plan
from interpbench.submissions import limits
from interpbench.submissions.archive import HOSTED, MOST_BYTES, MOST_FILES, Refused, packed, read_archive, unpacked
from interpbench.submissions.contents import read_contents
from interpbench.submissions.manifest import MANIFEST
from interpbench.submissions.problems import KEPT, LONGEST, Problems
from interpbench.submissions.sealed import sealed_in

ANSWERS = f"answers/odd--plain/generalization--{ADDITION}.jsonl"
AT_ONCE = 20.0
"""Seconds, on a machine with other work; before there were limits each of these took longer, some for hours."""

HOSTILE: dict[str, tuple[dict[str, bytes], str]] = {
    "lines": ({ANSWERS: b"{}\n" * 1_000_000}, "1,000,000 lines; wanted at most 1,024"),
    "broken-lines": ({ANSWERS: b"{\n" * 3_000_000}, "3,000,000 lines"),
    "empty-lines": ({ANSWERS: b"\r" * 5_000_000}, "5,000,000 lines"),
    "a-long-line": ({ANSWERS: b"1" * 2_000_000}, "a line of 2,000,000 bytes; wanted at most 1,048,576"),
    "objects": ({ANSWERS: b'{"a":[' + b"{}," * 300_000 + b"{}]}"}, "300,002 signs `{`; wanted at most 5,000"),
    "lists": ({ANSWERS: b'{"a":[' + b"[]," * 300_000 + b"[]]}"}, "signs `[`; wanted at most 40,000"),
    "studies": ({"studies/odd--plain.jsonl": b"{}\n" * 10_000}, "10,000 lines; wanted at most 8,192"),
    "manifest": ({MANIFEST: b'{"a":[' + b"{}," * 5_000_000 + b"{}]}"}, "15,000,010 bytes; wanted at most 1,048,576"),
    "manifest-of-objects": ({MANIFEST: b'{"a":[' + b"{}," * 300_000 + b"{}]}"}, "wanted at most 20,000"),
    "code": ({"source/odd/x.txt": b"x" * 1_100_000}, "1,100,000 bytes; wanted at most 1,048,576"),
    "much-code": ({f"source/odd/{n}.txt": b"x" * 1_000_000 for n in range(5)}, "bytes of code; wanted at most"),
    "much-yaml": ({f"source/odd/{n}.yaml": b"x" * 200_000 for n in range(3)}, "bytes of YAML; wanted at most"),
    "files": ({f"x{number:05}": b"" for number in range(10_001)}, "more than 5000 files"),
    "size": ({"x": b"\0" * (MOST_BYTES + 1)}, "unpacks to 67,"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_take_minutes_is_refused_at_once(name: str, odd_run: Path) -> None:
    changes, sentence = HOSTILE[name]
    content = packed({**read_archive(odd_run / "odd.ibz"), **changes})
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        read_contents(unpacked(content, "it"))
    assert time.monotonic() - began < AT_ONCE
    assert any(sentence in str(problem) for problem in refused.value.problems)
    assert len(refused.value.problems) <= KEPT + 1


@pytest.mark.parametrize(
    "text",
    [
        "\\" * 1_000_000,
        '"' + "\\" * 1_000_000,
        '"a"' * 300_000,
        '"a" ' + " " * 1_000_000,
        '"' * 1_000_000,
        ('"' + "a" * 41) * 25_000,
        '"a\\' * 300_000,
        "{}\n" * 300_000,
        '{"a":1}\n' * 100_000,
    ],
)
def test_looking_for_keys_takes_time_that_grows_with_the_text_and_no_faster(text: str) -> None:
    began = time.monotonic()
    assert sealed_in(text) is None
    assert time.monotonic() - began < AT_ONCE


@pytest.mark.parametrize("escape", ["", "\\", "\\\\\\"])
def test_keys_behind_escapes_are_found_as_before(escape: str) -> None:
    text = "x = " + ", ".join(f'{escape}"{name}{escape}" : 1' for name in ("kind", "test_a", "test_b"))
    assert sealed_in(text) == "PairKey"


def test_every_suite_fits_five_times() -> None:
    for name in suites():
        try:
            plan = make_plan(find_suite(name), tasks(), [])
        except PluginError:  # its packages are not installed
            continue
        units = [len(task.units) for task in plan.tasks]
        assert 5 * max(units) <= limits.MOST_LINES
        assert 5 * sum(units) <= limits.MOST_STUDIES
        assert 5 * len(plan.tasks) <= limits.MOST_TASKS


def test_an_honest_bundle_fits_many_times(odd_run: Path) -> None:
    files = read_archive(odd_run / "odd.ibz")
    assert 20 * sum(map(len, files.values())) < MOST_BYTES
    assert 20 * len(files) < MOST_FILES
    assert 20 * len(files[MANIFEST]) < limits.MANIFEST_BYTES
    assert 20 * (files[MANIFEST].count(b"{") + files[MANIFEST].count(b"[")) < limits.MANIFEST_OBJECTS
    lines = [line for name in files if name.startswith("answers/") for line in files[name].splitlines()]
    assert 20 * max(map(len, lines)) < limits.LINE_BYTES
    assert 20 * max(line.count(b"{") for line in lines) < limits.LINE_OBJECTS


def test_the_host_of_a_round_may_pack_more(tmp_path: Path) -> None:
    """Answers of all built-in methods on a large suite are more than anybody may hand in."""
    files = {"x": b"\0" * (MOST_BYTES + 1)}
    (tmp_path / "built-in.ibz").write_bytes(packed(files))
    with pytest.raises(Refused, match="unpacks to"):
        read_archive(tmp_path / "built-in.ibz")
    assert read_archive(tmp_path / "built-in.ibz", HOSTED) == files


def test_of_many_problems_the_first_are_kept_and_the_others_counted() -> None:
    found = Problems()
    for number in range(1_000_000):
        found.add("it", f"{number}")
    assert len(found.told) == KEPT + 1
    assert str(found.told[-1]) == "and: 999,900 more problems"
    assert str(found.refusal()).endswith("(and 999997 more)")
    found = Problems()
    found.add("it", "x" * 10_000)
    assert len(found.told[0].what) < LONGEST + 30
