"""Bundles that somebody changed: each is refused, and for the right reason. The untouched one passes (the control).

A forger may put every hash right again, since nothing in a bundle is signed. What then still shows is tested here; what
cannot show (an answer replaced by another valid one) is said in docs/submit.md, and tested to be so.
"""

import io
import json
import random
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bundles import ADDITION, PARITY, ROWS, sealed_again, with_manifest, with_records, zipped

from interpbench.submissions.archive import MOST_BYTES, Refused, packed, read_archive, unpacked
from interpbench.submissions.checks import faults
from interpbench.submissions.contents import read_contents
from interpbench.submissions.installed import Installed, installed, same_suite
from interpbench.submissions.manifest import MANIFEST
from interpbench.submissions.verified import verify

Files = dict[str, bytes]
ANSWERS = f"answers/odd--plain/generalization--{ADDITION}.jsonl"
STUDIES = "studies/odd--plain.jsonl"
CARD = "source/odd/method.yaml"


@pytest.fixture(scope="module")
def files(odd_run: Path) -> Files:
    return read_archive(odd_run / "odd.ibz")


@pytest.fixture(scope="module")
def here() -> Iterator[Installed]:
    with installed("smoke") as found:
        yield found


def refusal(files: Files, here: Installed) -> str:
    """What a bundle with these files is told; empty if it is in order."""
    try:
        contents = read_contents(unpacked(packed(files), "it"))
        same_suite(contents.manifest, here)
        return "; ".join(map(str, faults(contents, here)))
    except Refused as error:
        return "; ".join(map(str, error.problems))


def record(change: Callable[[dict[str, Any]], Any], status: str = "ok") -> Callable[[list[dict[str, Any]]], None]:
    """A change of the first record with a status."""

    def of_lines(lines: list[dict[str, Any]]) -> None:
        change(next(line["record"] for line in lines if line["record"]["status"] == status))

    return of_lines


def answer(**changes: Any) -> Callable[[dict[str, Any]], None]:
    def of_record(found: dict[str, Any]) -> None:
        document = {**json.loads(found["answer"]), **changes}
        found["answer"] = json.dumps(document)

    return of_record


def test_the_untouched_bundle_passes(odd_run: Path, files: Files, here: Installed) -> None:
    assert refusal(files, here) == ""
    verified = verify(odd_run / "odd.ibz", read_contents(files), here)
    assert {row.name for row in verified.rows["generalization"]} == set(ROWS)
    assert all(row.label == "self-run" for row in verified.rows["generalization"])


RECORDS: dict[str, tuple[Callable[[list[dict[str, Any]]], Any], str]] = {
    "missing-cell": (lambda lines: lines.pop(), "and no reason why"),
    "duplicated-cell": (lambda lines: lines.append(lines[0]), "stands twice"),
    "extra-cell": (
        lambda lines: lines.append({"record": {**lines[0]["record"], "unit": "invented"}}),
        "which the suite does not ask",
    ),
    "another-question": (record(lambda r: r["parts"].update(question="0" * 40)), "question: got '0000"),
    "swapped-questions": (
        lambda lines: lines.__setitem__(
            slice(0, 2),
            [
                {"record": {**lines[0]["record"], "unit": lines[1]["record"]["unit"]}},
                {"record": {**lines[1]["record"], "unit": lines[0]["record"]["unit"]}},
            ],
        ),
        "question: got",
    ),
    "another-seed": (record(lambda r: r["parts"].update(seed="quick-1")), "seed: got 'quick-1', wanted 'smoke-1'"),
    "another-tier": (record(lambda r: r["parts"].update(tier="weights")), "tier: got 'weights', wanted 'behaviour'"),
    "another-source": (record(lambda r: r["parts"].update(source="a" * 40)), "source: got 'aaaa"),
    "other-parameters": (record(lambda r: r["parts"].update(parameters={"turn": 3})), "parameters: got {'turn': 3}"),
    "more-time": (record(lambda r: r["parts"]["limits"].update(wall_seconds=9e9)), "limits: got"),
    "another-framework": (record(lambda r: r["parts"].update(framework="f" * 40)), "mixed runs"),
    "another-machine": (record(lambda r: r["parts"]["environment"].update(python="3.12")), "environment: got"),
    "no-isolation": (record(lambda r: r["parts"].update(isolation="process")), "isolation: got 'process'"),
    "an-endpoint": (
        record(lambda r: r["parts"].update(endpoint={"address": "http://x", "model": "m"})),
        "declares no network",
    ),
    "more-parts": (record(lambda r: r["parts"].update(luck=1)), "made of 'luck' as well"),
    "other-mode": (record(lambda r: r.update(mode="study")), "mode 'study'; wanted 'answer'"),
    "other-row": (record(lambda r: r.update(row=ROWS[1])), "among those of 'odd/plain'"),
    "other-task": (record(lambda r: r.update(task=f"generalization/{PARITY}")), "among those to"),
    "score-in-record": (record(lambda r: r.update(score=1.0)), "score: Extra inputs are not permitted"),
    "score-in-answer": (record(answer(correct=1.0)), "correct"),
    "key-in-answer": (
        record(answer(key={"kind": "recipe", "test_a": 1.0, "test_b": 0.1})),
        "looks like a key (PairKey)",
    ),
    "key-in-reason": (
        record(lambda r: r.update(reason='{"kind": "recipe", "test_a": 1.0, "test_b": 0.1}')),
        "looks like a key (PairKey)",
    ),
    "answer-of-another-track": (record(lambda r: r.update(answer='{"theory": "def rule(x): return 1"}')), "theory"),
    "infinite-answer": (record(lambda r: r.update(answer='{"score": 1e999}')), "beyond the range"),
    "no-answer": (record(lambda r: r.update(answer=None)), "status ok without an answer"),
    "failure-without-reason": (record(lambda r: r.update(reason=""), "crashed"), "crashed without a reason"),
    "failure-with-answer": (record(lambda r: r.update(answer='{"score": 1.0}'), "crashed"), "crashed with an answer"),
    "refusal-as-answer": (record(lambda r: r.update(status="ok"), "not_applicable"), "says that it is none"),
    "other-refusal": (record(lambda r: r.update(reason="x"), "not_applicable"), "not the one that the answer gives"),
    "negative-cost": (record(lambda r: r["cost"].update(cpu_seconds=-1.0)), "cost cpu_seconds is -1.0"),
    "no-cost": (record(lambda r: r["cost"].update(cpu_seconds=0.0)), "in no time at all"),
    "too-long": (record(lambda r: r["cost"].update(wall_seconds=4000.0)), "its limit is 120 s"),
    "too-much-cpu": (record(lambda r: r["cost"].update(cpu_seconds=1e5)), "CPU seconds in"),
    "too-much-memory": (record(lambda r: r["cost"].update(peak_bytes=10**12)), "its limit is 2,147,483,648"),
    "too-many-queries": (record(lambda r: r["cost"].update(queries=10**9)), "queries; wanted at most"),
    "hidden-training": (record(lambda r: r["cost"].update(models_trained=5)), "5 models trained; the answer says 0"),
    "other-packages": (record(lambda r: r["provenance"]["packages"].update(torch="9")), "other package versions"),
    "other-provenance": (record(lambda r: r["provenance"].update(isolation="process")), "the manifest says"),
    "too-large-to-judge": (record(answer(score=1.7e308)), "score holds 1.7e+308, whose square cannot be told"),
    "too-large-to-judge-in-digits": (record(answer(score=int("9" * 299))), "score holds 1e+299"),
    "hardly-too-large": (record(answer(score=-1.0001e100)), "wanted at most 1e+100"),
    "no-time-that-a-clock-tells": (
        record(lambda r: r["cost"].update(cpu_seconds=1e-300)),
        "in no time at all (1e-300 s)",
    ),
    "no-time-to-refuse": (record(lambda r: r["cost"].update(wall_seconds=0.0), "not_applicable"), "in no time at all"),
    "made-up-framework": (
        record(lambda r: r["parts"].update(framework="mine")),
        "framework: got 'mine', wanted the hash",
    ),
    "made-up-commit": (record(lambda r: r["provenance"].update(commit="v1; rm -rf")), "commit 'v1; rm -rf'; wanted"),
    "another-commit": (record(lambda r: r["provenance"].update(commit="0" * 40)), "as its answers say"),
    "a-study-in-an-answer": (record(lambda r: r.update(study="hidden text")), "study 'hidden text'; wanted none"),
    "a-key-behind-a-number": (
        record(lambda r: r["parts"].update(x=[1, {"kind": "recipe", "test_a": 1.0, "test_b": 0.1}])),
        "looks like a key (PairKey)",
    ),
    "a-log": (record(lambda r: r.update(log="hello")), "holds a log"),
    "a-number-as-text": (record(lambda r: r["cost"].update(cpu_seconds="1.0")), "valid number"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_changed_records_are_refused_though_all_hashes_are_right(name: str, files: Files, here: Installed) -> None:
    change, sentence = RECORDS[name]
    assert sentence in refusal(with_records(files, change), here)


def _manifest(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.update(changes)


MANIFESTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a-score": (_manifest(scores={"odd": 1.0}), "scores: Extra inputs are not permitted"),
    "schema-version": (_manifest(schema_version=2), "schema_version: Input should be 1"),
    "suite-version": (lambda d: d["suite"].update(version="9.9"), "suite's version: got '9.9', wanted"),
    "suite-seed": (lambda d: d["suite"].update(seed="mine"), "suite's seed: got 'mine', wanted 'smoke-1'"),
    "task-version": (
        lambda d: d["suite"]["tasks"][f"generalization/{ADDITION}"].update(version="7"),
        f"version of generalization/{ADDITION}: got '7'",
    ),
    "another-zoo": (
        lambda d: d["suite"]["tasks"][f"generalization/{ADDITION}"].update(zoo="0" * 64),
        f"zoo of generalization/{ADDITION}: got '000",
    ),
    "a-task-less": (lambda d: d["suite"]["tasks"].pop(f"generalization/{PARITY}"), "answers of no row and task"),
    "a-variant-less": (lambda d: d["methods"][0]["card"]["variants"].pop("turned"), "answers of no row and task"),
    "a-variant-more": (
        lambda d: d["methods"][0]["card"]["variants"].update(third={}),
        "missing: the answers of odd",
    ),
    "a-variant-like-markup": (
        lambda d: d["methods"][0]["card"]["variants"].update({"[red]\x1b[2J": {}}),
        "wanted letters, digits",
    ),
    "twice": (lambda d: d["methods"].append(d["methods"][0]), "method 'odd' stands twice"),
    "oracle": (lambda d: d["methods"][0].update(family="bounds"), "belong to the framework"),
    "no-reason": (lambda d: d["methods"][0]["left_out"].update(circuits=" "), "left out without a reason"),
    "unknown-track": (lambda d: d["methods"][0]["left_out"].update(nothing="x"), "no track 'nothing'"),
    "calibration": (
        lambda d: d["methods"][0]["card"]["calibration"]["generalization"]["plain"].update(slope="steep"),
        "calibration of plain on generalization",
    ),
    "environment": (lambda d: d["environment"].update(python="2.7"), "as its own provenance says"),
    "packages": (lambda d: d["provenance"]["packages"].update(torch="9"), "as its own provenance says"),
    "version-of-method": (
        lambda d: d["methods"][0].update(version="2"),
        "version: the code says '0.1', and the manifest '2'",
    ),
    "flipped-calibration": (
        lambda d: d["methods"][0]["card"]["calibration"]["generalization"]["plain"].update(slope=-1.5),
        "method.yaml: calibration: generalization.plain.slope is 1.5, and the manifest says -1.5",
    ),
    "calibration-more": (
        lambda d: d["methods"][0]["card"]["calibration"]["generalization"].update(
            turned={"slope": 1.0, "offset": 0.0, "gain": 1.0, "pairs": 9}
        ),
        "calibration: generalization.turned is in the manifest alone",
    ),
    "calibration-beyond-numbers": (
        lambda d: d["methods"][0]["card"]["calibration"]["generalization"]["plain"].update(slope=1e308),
        "slope holds 1e+308",
    ),
    "other-tuning": (
        lambda d: d["methods"][0]["card"].update(tuned="Less than nothing."),
        "method.yaml: tuned: 'Nothing.', and the manifest says 'Less than nothing.'",
    ),
    "fitted": (lambda d: d["methods"][0]["card"].update(fitted=True), "fitted: False, and the manifest says True"),
    "other-family": (
        lambda d: d["methods"][0].update(family="influence"),
        "family: the code says 'behavioural', and the manifest 'influence'",
    ),
    "uncapped": (lambda d: d["methods"][0].update(capped=False), "capped: the code says True"),
    "track-that-its-code-does-not-enter": (
        lambda d: d["methods"][0]["left_out"].update(circuits="no time"),
        "enters generalization, and the manifest says circuits",
    ),
    "a-limit-of-its-own": (
        lambda d: d["methods"][0]["card"].update(wall_seconds=1e300),
        "asks for 1e+300 s a cell (`wall_seconds`); wanted at most 14400",
    ),
    "made-up-version": (lambda d: d["provenance"].update(interpbench="<b>best</b>"), "wanted a version such as"),
    "made-up-commit": (lambda d: d["provenance"].update(commit="HEAD~1"), "commit 'HEAD~1'; wanted a commit's hash"),
    "made-up-isolation": (lambda d: d["provenance"].update(isolation="perfect"), "isolation 'perfect'; wanted bwrap"),
    "answered-elsewhere": (_manifest(answered_at=["f" * 40]), "as its answers say"),
    "too-many-rows": (
        lambda d: d["methods"][0]["card"].update(variants={f"v{number}": {} for number in range(501)}),
        "501 variants; wanted at most 500",
    ),
    "source-hash": (lambda d: d["methods"][0].update(source_hash="b" * 40), "this code did not answer"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_changed_manifests_are_refused(name: str, files: Files, here: Installed) -> None:
    change, sentence = MANIFESTS[name]
    assert sentence in refusal(with_manifest(files, change), here)


def _put(files: Files, old: bytes, new: bytes) -> Files:
    """Answers with one place of their text replaced."""
    return sealed_again({**files, ANSWERS: files[ANSWERS].replace(old, new, 1)})


def _doubled() -> bytes:
    """Lists of lists, each twice as large as the one before, by aliases: 2^20 values in a line."""
    names = [b"a", *(b"b%d" % number for number in range(20))]
    return b", ".join(b"%s: &%s [*%s, *%s]" % (new, new, old, old) for old, new in pairwise(names))


FILES: dict[str, tuple[Callable[[Files], Files], str]] = {
    "changed-answer": (
        lambda files: {**files, ANSWERS: files[ANSWERS].replace(b'"ok"', b'"oK"', 1)},
        "has SHA-256",
    ),
    "changed-parts": (
        lambda files: sealed_again({**files, ANSWERS: files[ANSWERS].replace(b"smoke-1", b"smoke-2", 1)}),
        "one of them was changed",
    ),
    "nan": (
        lambda files: _put(files, b'"queries": ', b'"queries": NaN, "q": '),
        "NaN is not a number that JSON knows",
    ),
    "key-twice": (
        lambda files: _put(files, b'"unit": ', b'"unit": "a", "unit": '),
        "the key 'unit' stands twice",
    ),
    "not-json": (lambda files: sealed_again({**files, ANSWERS: b"{\n" + files[ANSWERS]}), "not JSON"),
    "not-utf8": (lambda files: sealed_again({**files, ANSWERS: b"\xff\n" + files[ANSWERS]}), "not UTF-8"),
    "a-file-less": (lambda files: {name: files[name] for name in files if name != ANSWERS}, "but not in the bundle"),
    "a-file-more": (lambda files: {**files, "answers/x/y.jsonl": b""}, "not in the manifest's list"),
    "a-listed-file-more": (lambda files: sealed_again({**files, "keys/sealed.json": b"{}"}), "no file of a bundle"),
    "a-pickle": (lambda files: sealed_again({**files, "answers/odd.pkl": b"\x80\x04."}), "answers of no row and task"),
    "a-key-file": (
        lambda files: sealed_again({**files, "keys.json": b'[{"rung": "merged", "nodes": [1], "gap": 1.0}]'}),
        "looks like a key (CircuitKey)",
    ),
    "a-key-in-code": (
        lambda files: sealed_again(
            {**files, "source/odd/notes.txt": b"x = {'test': 1, 'step': 2, 'arrival': 3, 'last': 4}"}
        ),
        "looks like a key (RunKey)",
    ),
    "other-code": (
        lambda files: sealed_again({**files, "source/odd/__init__.py": files["source/odd/__init__.py"] + b"#\n"}),
        "this code did not answer",
    ),
    "other-card": (
        lambda files: sealed_again(
            {**files, CARD: files[CARD].replace(b"slope: 1.5", b"slope: -3").replace(b"Nothing.", b"Fitted on quick.")}
        ),
        "generalization.plain.slope is -3",
    ),
    "card-taken-out": (
        lambda files: with_manifest(
            sealed_again({name: files[name] for name in files if name != CARD}),
            lambda d: d["methods"][0].update(source=["__init__.py"]),
        ),
        "method.yaml: title: '', and the manifest says 'Odd'",
    ),
    "card-left-out": (
        lambda files: with_manifest(
            sealed_again({name: files[name] for name in files if name != CARD}),
            lambda d: d["methods"][0].update(source=["__init__.py"], source_left_out=["method.yaml"]),
        ),
        "a card is packed with the code",
    ),
    "card-of-aliases": (
        lambda files: sealed_again(
            {**files, CARD: files[CARD].replace(b"{turn: 1}", b"{a: &a [1], " + _doubled() + b"}")}
        ),
        "variants stands for more than 20,000 values",
    ),
    "card-that-is-none": (lambda files: sealed_again({**files, CARD: b"a: [1\n"}), "method.yaml: not YAML"),
    "card-beyond-limits": (
        lambda files: sealed_again({**files, CARD: files[CARD] + b"# " + b"x" * 40_000}),
        "wanted text of at most 32,768 bytes",
    ),
    "no-manifest": (lambda files: {name: files[name] for name in files if name != MANIFEST}, "not in the bundle"),
    "other-suite": (
        lambda files: with_manifest(files, lambda d: d["suite"].update(name="quick")),
        "suite's name: got 'quick', wanted 'smoke'",
    ),
    "a-study-less": (
        lambda files: sealed_again({**files, STUDIES: b"".join(files[STUDIES].splitlines(keepends=True)[1:])}),
        "its cost is missing",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_changed_files_are_refused(name: str, files: Files, here: Installed) -> None:
    change, sentence = FILES[name]
    assert sentence in refusal(change(files), here)


def test_another_valid_answer_passes_if_all_hashes_are_put_right(files: Files, here: Installed) -> None:
    """What no check can see: the documentation says so, and only running the method again would tell."""
    assert refusal(with_records(files, record(answer(score=123.0))), here) == ""


def test_without_code_a_changed_calibration_passes(files: Files, here: Installed) -> None:
    """What no check can see, either: no answer depends on it, and the keys of public suites could have fitted it."""

    def bare(document: dict[str, Any]) -> None:
        document["methods"][0].update(source=[])
        document["methods"][0]["card"]["calibration"]["generalization"]["plain"].update(slope=-1.5)

    kept = sealed_again({name: files[name] for name in files if not name.startswith("source/")})
    assert refusal(with_manifest(kept, bare), here) == ""


def test_a_row_whose_every_cell_failed_is_named(
    files: Files, here: Installed, odd_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failed(lines: list[dict[str, Any]]) -> None:
        for line in lines:
            line["record"].update(status="crashed", answer=None, reason="it was meant to")

    assert verify(odd_run / "odd.ibz", read_contents(files), here).silent == []  # the control
    for name in [name for name in files if name.startswith("answers/odd--turned/")]:
        task = name.partition("generalization--")[2].removesuffix(".jsonl")
        files = with_records(files, failed, ROWS[1], task)
    (sentence,) = verify(odd_run / "odd.ibz", read_contents(files), here).silent
    assert sentence == "odd/turned on generalization: none of its 28 cells has an answer (28 crashed): it scores chance"


def _entry(**changes: Any) -> Callable[[zipfile.ZipInfo], None]:
    def change(entry: zipfile.ZipInfo) -> None:
        if entry.filename != MANIFEST:
            for name, value in changes.items():
                setattr(entry, name, value)

    return change


def _replaced(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + len(new) :]


def _pushed(content: bytes, payload: bytes) -> bytes:
    """Bytes between the last file and the directory, whose place is put right."""
    end = content.rindex(b"PK\x05\x06")
    at = int.from_bytes(content[end + 16 : end + 20], "little")
    moved = _replaced(content, end + 16, (at + len(payload)).to_bytes(4, "little"))
    return moved[:at] + payload + moved[at:]


def _padded(content: bytes, payload: bytes) -> bytes:
    """A zip whose one compressed file goes on after its end, which its reader does not notice."""
    good = packed({"x": content})
    size = int.from_bytes(good[18:22], "little")
    longer = (size + len(payload)).to_bytes(4, "little")
    out = _pushed(good, payload)
    directory = out.rindex(b"PK\x01\x02")
    out = _replaced(_replaced(out, 18, longer), directory + 20, longer)
    with zipfile.ZipFile(io.BytesIO(out)) as archive:
        assert archive.read("x") == content  # the reader is content
    return out


ZIPS: dict[str, tuple[Callable[[], bytes], str]] = {
    "no-zip": (lambda: b"a,b\n1,2\n", "no bundle"),
    "empty": (lambda: b"", "no bundle"),
    "upwards": (lambda: zipped({"../../etc/passwd": b"x"}), "no path of a bundle"),
    "inner-upwards": (lambda: zipped({"answers/../../x": b"x"}), "no path of a bundle"),
    "absolute": (lambda: zipped({"/etc/passwd": b"x"}), "no path of a bundle"),
    "drive": (lambda: zipped({"C:/x": b"x"}), "no path of a bundle"),
    "backslash": (lambda: zipped({"answers\\x": b"x"}), "no path of a bundle"),
    "hidden": (lambda: zipped({"answers/.x": b"x"}), "no path of a bundle"),
    "line-break": (lambda: zipped({"answers/a\nb": b"x"}), "no path of a bundle"),
    "folder": (lambda: zipped({"answers/": b""}), "no path of a bundle"),
    "symlink": (
        lambda: zipped({"answers/x": b"/etc/passwd"}, change=_entry(external_attr=(stat.S_IFLNK | 0o777) << 16)),
        "a link or a special file",
    ),
    "stored": (
        lambda: zipped({"answers/x": b"x"}, change=_entry(compress_type=zipfile.ZIP_STORED)),
        "compression 0; wanted deflate (8)",
    ),
    "lzma": (
        lambda: zipped({"answers/x": b"x"}, change=_entry(compress_type=zipfile.ZIP_LZMA)),
        "compression 14; wanted deflate (8)",
    ),
    "comment": (lambda: zipped({"x": b"x"}, comment=b"hello"), "has a comment"),
    "extra": (lambda: zipped({"x": b"x"}, change=_entry(extra=b"\x01\x00\x01\x00a")), "extra fields"),
    "prefix": (lambda: b"#!/bin/sh\n" + zipped({"x": b"x"}), "bytes stand before the first file"),
    "case": (lambda: zipped({"answers/X": b"x", "answers/x": b"y"}), "stands twice"),
    "trailing": (lambda: packed({"x": b"x"}) + b"payload", "belongs to no file"),
    "order": (lambda: zipped({"y": b"y", "x": b"x"}), "not in the order of their names"),
    "before-the-directory": (lambda: _pushed(packed({"x": b"x"}), b"payload"), "belongs to no file"),
    "other-local-header": (lambda: _replaced(packed({"x": b"x"}), 10, b"\xff\xff"), "byte 10 of"),
    "other-system": (
        lambda: zipped({"x": b"x"}, change=lambda e: setattr(e, "create_system", 0)),
        "belongs to no file",
    ),
    "other-time": (
        lambda: zipped({"x": b"x"}, change=lambda e: setattr(e, "date_time", (2024, 5, 6, 7, 8, 10))),
        "belongs to no file",
    ),
    "behind-the-end-of-a-file": (lambda: _padded(b"x" * 100, b"payload"), "7 bytes stand after its end"),
    "cut": (lambda: zipped({"x": b"x" * 1000})[:-30], "no bundle"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_hostile_zips_are_refused_before_anything_is_read(name: str) -> None:
    make, sentence = ZIPS[name]
    with pytest.raises(Refused, match=re.escape(sentence)):
        unpacked(make(), "it")


def test_a_name_twice_is_refused() -> None:
    out = io.BytesIO(zipped({"x": b"x"}))
    assert unpacked(out.getvalue(), "it") == {"x": b"x"}  # the control
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("x", b"y")
    with pytest.raises(Refused, match="stands twice"):
        unpacked(out.getvalue(), "it")


def test_a_zip_bomb_is_refused_by_what_it_declares_and_by_what_it_holds() -> None:
    declared = zipped({f"x{number}": b"\0" for number in range(3)})
    size = (MOST_BYTES // 2).to_bytes(4, "little")
    place, lies = 0, bytearray(declared)
    while (place := declared.find(b"PK\x01\x02", place)) >= 0:  # the directory's entries, whose size is at byte 24
        lies[place + 24 : place + 28] = size
        place += 4
    with pytest.raises(Refused, match="unpacks to"):
        unpacked(bytes(lies), "it")
    hides = zipped({"x": b"\0" * 10_000_000})
    lies, place = bytearray(hides), hides.find(b"PK\x01\x02")
    lies[place + 24 : place + 28] = lies[22:26] = (10).to_bytes(4, "little")  # in both headers
    with pytest.raises(Refused, match=r"damaged|holds 11 bytes or more where 10 are declared"):
        unpacked(bytes(lies), "it")


def test_a_changed_byte_in_the_packed_data_is_refused(odd_run: Path) -> None:
    content = bytearray((odd_run / "odd.ibz").read_bytes())
    content[200] ^= 0xFF
    with pytest.raises(Refused, match=r"damaged|no bundle|no path|declared"):
        unpacked(bytes(content), "it")


def test_random_damage_is_refused_or_changes_nothing() -> None:
    """Bytes changed or cut out, half of them in the directory: never another content, never another error."""
    whole = {"manifest.json": b"{}" * 400, "answers/x/y.jsonl": bytes(range(256)) * 20}
    good = packed(whole)
    rng = random.Random(0)
    refused = 0
    for _ in range(1500):
        content = bytearray(good)
        place = rng.randrange(rng.choice([0, max(0, len(content) - 200)]), len(content))
        if rng.random() < 0.8:
            content[place] = rng.randrange(256)
        else:
            del content[place : place + rng.randrange(1, 40)]
        try:
            assert unpacked(bytes(content), "it") == whole
        except Refused:
            refused += 1
    assert refused > 1000


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b'"reason": ""', b'"reason": "\\ud800"', "Invalid JSON"),
        (b'"turn": 1', b'"turn": ' + b"[" * 30_000 + b"]" * 30_000, "nested too deeply"),
        (b'"turn": 1', b'"turn": ' + b'{"a":' * 500 + b"1" + b"}" * 500, "recursion limit"),
        (b'"queries": ', b'"queries": ' + b"9" * 5000, "digits; wanted at most 300"),
    ],
)
def test_json_that_breaks_readers_is_refused(
    old: bytes, new: bytes, sentence: str, files: Files, here: Installed
) -> None:
    assert old in files[ANSWERS]
    assert sentence in refusal(_put(files, old, new), here)
