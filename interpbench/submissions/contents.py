"""From the files of a bundle to manifest and records; whatever is not as `submit` writes it is a problem."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from interpbench.bundle.strict import InvalidDocument, explain, parse_json
from interpbench.models.names import digest
from interpbench.plugins.discovery import counts
from interpbench.run.store import AnswerRecord
from interpbench.submissions.described import disagreements
from interpbench.submissions.layout import ANSWERS, SOURCE, STUDIES, Line, answers_file, sha256, studies_file
from interpbench.submissions.limits import overlong, oversized
from interpbench.submissions.magnitude import beyond
from interpbench.submissions.manifest import MANIFEST, Manifest
from interpbench.submissions.problems import Problems, Refused
from interpbench.submissions.releases import malformed
from interpbench.submissions.sealed import sealed_in
from interpbench.tracks.instance import Problem
from interpbench.tracks.registry import TRACKS

LONGEST_REASON = 2000
HASH = re.compile(r"[0-9a-f]{40}")
VARIANT = re.compile(r"[A-Za-z0-9_.+-]{0,80}")

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """What a bundle holds, read and not yet believed.

    Attributes:
        manifest: what it says of itself.
        answers: row -> task -> unit -> what became of the cell.
        studies: row -> what it worked out from rows alone.
    """

    manifest: Manifest
    answers: Mapping[str, Mapping[str, Mapping[str, AnswerRecord]]]
    studies: Mapping[str, list[AnswerRecord]]


def read_contents(files: Mapping[str, bytes]) -> Contents:
    """Everything that a bundle says, if it is in order with itself.

    Args:
        files: path inside of the bundle -> content.

    Raises:
        Refused: with every fault of the files.
    """
    large = list(oversized(files))
    if large:
        raise Refused(large)
    problems = Problems(_sealed(files))
    if MANIFEST not in files:
        problems.add(MANIFEST, "not in the bundle; wanted one by `interpbench submit`")
        raise problems.refusal()
    try:
        manifest = parse_document(Manifest, files[MANIFEST], MANIFEST)
    except InvalidDocument as error:
        problems.add(MANIFEST, str(error).removeprefix(f"{MANIFEST}: "))
        raise problems.refusal() from error
    problems.extend(overlong(manifest))
    if problems.count:
        raise problems.refusal()
    for faults in (_hashes(manifest, files), _names(manifest), _provenance(manifest), _sources(manifest, files)):
        problems.extend(faults)
    answers, studies = _records(manifest, files, problems)
    if problems.count:
        raise problems.refusal()
    return Contents(manifest=manifest, answers=answers, studies=studies)


def parse_document(kind: type[Model], content: bytes, what: str) -> Model:
    """A JSON document as a strict model: no unknown field, none twice, no NaN, nothing coerced.

    Raises:
        InvalidDocument: with field, got and wanted.
    """
    parse_json(content, what)
    try:
        return kind.model_validate_json(content, strict=True)
    except ValidationError as error:
        raise InvalidDocument(f"{what}: {explain(error)}") from error


def _sealed(files: Mapping[str, bytes]) -> Iterator[Problem]:
    for name, content in files.items():
        found = sealed_in(content.decode("utf-8", errors="replace"))
        if found is not None:
            yield Problem(where=name, what=f"holds what looks like a key ({found}); a bundle never does: take it out")


def _hashes(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[Problem]:
    there = set(files) - {MANIFEST}
    for name in sorted(there - set(manifest.files)):
        yield Problem(where=name, what="in the bundle but not in the manifest's list of files")
    for name in sorted(set(manifest.files) - there):
        yield Problem(where=name, what="in the manifest's list of files but not in the bundle")
    for name in sorted(there & set(manifest.files)):
        got = sha256(files[name])
        if got != manifest.files[name]:
            what = f"has SHA-256 {got[:16]}..., and the manifest says {manifest.files[name][:16]}...: it was changed"
            yield Problem(where=name, what=what)


def _names(manifest: Manifest) -> Iterator[Problem]:
    """No name twice, none that the framework keeps for itself, no track that does not exist."""
    names = Counter(method.name for method in manifest.methods)
    for name in sorted(name for name, count in names.items() if count > 1):
        yield Problem(where=MANIFEST, what=f"method {name!r} stands twice")
    for method in manifest.methods:
        where = f"{MANIFEST}: {method.name}"
        if method.name in {"oracle", "chance"} or method.family.value == "bounds":
            yield Problem(where=where, what="`oracle`, `chance` and family `bounds` belong to the framework")
        for variant in method.card.variants:
            if not VARIANT.fullmatch(variant):
                yield Problem(where=where, what=f"variant {variant!r}; wanted letters, digits and `_.+-`")
        for track in (*method.tracks, *method.left_out):
            if track not in TRACKS:
                yield Problem(where=where, what=f"no track {track!r}; there are {', '.join(TRACKS)}")
        for track in sorted(set(method.tracks) & set(method.left_out)):
            yield Problem(where=where, what=f"track {track!r} is both answered and left out")
        for track, reason in method.left_out.items():
            if not reason.strip():
                yield Problem(where=where, what=f"track {track!r} is left out without a reason")
        for track, variants in method.card.calibration.items():
            yield from _calibration(where, method.card.variants, track, variants)


def _calibration(
    where: str, known: Mapping[str, object], track: str, variants: Mapping[str, Mapping[str, object]]
) -> Iterator[Problem]:
    if track not in TRACKS:
        yield Problem(where=where, what=f"calibration of an unknown track {track!r}")
        return
    for variant, document in variants.items():
        if variant not in {name or "default" for name in known}:
            yield Problem(where=where, what=f"calibration of an unknown variant {variant!r}")
        try:
            found = TRACKS[track].load().read_calibration(document)
        except ValidationError as error:
            yield Problem(where=where, what=f"calibration of {variant} on {track}: {explain(error)}")
            continue
        fault = beyond(found.model_dump())
        if fault is not None:
            yield Problem(where=where, what=f"calibration of {variant} on {track}: {fault}")


def _provenance(manifest: Manifest) -> Iterator[Problem]:
    """Versions and commits have the form that they have."""
    for fault in malformed(manifest.provenance):
        yield Problem(where=f"{MANIFEST}: provenance", what=fault)


def _sources(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Code that a bundle holds is the code that answered: its hash is derived again where all of it is there."""
    for method in manifest.methods:
        code = {PurePosixPath(name): files.get(f"{SOURCE}/{method.name}/{name}", b"") for name in method.source}
        held = {
            name.removeprefix(f"{SOURCE}/{method.name}/")
            for name in files
            if name.startswith(f"{SOURCE}/{method.name}/")
        }
        if held != set(method.source):
            what = f"holds {sorted(held)}, and the manifest says {sorted(method.source)}"
            yield Problem(where=f"{SOURCE}/{method.name}", what=what)
        elif code and not method.source_left_out:
            counted = [name for name in sorted(code) if counts(name) and (not method.loose or name.suffix == ".py")]
            got = digest([[str(name), sha256(code[name])] for name in counted])
            if got != method.source_hash:
                what = f"has hash {got}, and the manifest says {method.source_hash}: this code did not answer"
                yield Problem(where=f"{SOURCE}/{method.name}", what=what)
        if code:
            yield from disagreements(method, {str(name): content for name, content in code.items()})


def _records(
    manifest: Manifest, files: Mapping[str, bytes], problems: Problems
) -> tuple[dict[str, dict[str, dict[str, AnswerRecord]]], dict[str, list[AnswerRecord]]]:
    """Answers and studies; faults are added to the problems."""
    answers: dict[str, dict[str, dict[str, AnswerRecord]]] = {}
    studies: dict[str, list[AnswerRecord]] = {}
    known = set[str]()
    for method, row in manifest.rows:
        answers[row.name] = {}
        for task in manifest.suite.tasks:
            if task.partition("/")[0] not in method.tracks:
                continue
            name = answers_file(row.name, task)
            known.add(name)
            if name not in files:
                problems.add(name, f"missing: the answers of {row.name} to {task}")
                continue
            found: dict[str, AnswerRecord] = {}
            for where, record in _lines(name, files[name], problems):
                problems.extend(_place(where, record, row.name, "answer", task))
                if record.unit in found:
                    problems.add(where, f"cell {record.unit!r} stands twice")
                found[record.unit] = record
            answers[row.name][task] = found
        name = studies_file(row.name)
        studies[row.name] = []
        if method.studies:
            known.add(name)
            for where, record in _lines(name, files.get(name, b""), problems):
                problems.extend(_place(where, record, row.name, "study", None))
                studies[row.name].append(record)
    for name in sorted(files):
        room = name.partition("/")[0]
        if name == MANIFEST or name in known or (room == SOURCE and "/" in name):
            continue
        what = "answers of no row and task of the manifest" if room in {ANSWERS, STUDIES} else "no file of a bundle"
        problems.add(name, what)
    return answers, studies


def _lines(name: str, content: bytes, problems: Problems) -> Iterator[tuple[str, AnswerRecord]]:
    """(Place, record) of each line that can be read; the others become problems."""
    for number, text in enumerate(content.splitlines(), start=1):
        where = f"{name}:{number}"
        try:
            line = parse_document(Line, text, where)
        except InvalidDocument as error:
            problems.add(where, str(error).removeprefix(f"{where}: "))
            continue
        try:
            derived = digest(line.record.parts)
        except (ValueError, RecursionError) as error:  # what JSON does not know, or no writer of it would nest
            problems.add(where, f"parts: {error}")
            continue
        if line.hash != derived:
            what = f"its parts have hash {derived}, and the line says {line.hash}: one of them was changed"
            problems.add(where, what)
            continue
        yield where, line.record


def _place(where: str, record: AnswerRecord, row: str, mode: str, task: str | None) -> Iterator[Problem]:
    """A record is about the row and task that its file is about."""
    if record.row != row:
        yield Problem(where=where, what=f"an answer of {record.row!r} among those of {row!r}")
    if task is not None and record.task != task:
        yield Problem(where=where, what=f"an answer to {record.task!r} among those to {task!r}")
    if record.mode != mode:
        yield Problem(where=where, what=f"mode {record.mode!r}; wanted {mode!r}")
    if record.study is not None and not (mode == "study" and HASH.fullmatch(record.study)):
        yield Problem(where=where, what=f"study {record.study!r}; wanted none with an answer, and else a hash")
    if record.log:
        yield Problem(where=where, what="holds a log; a bundle never does")
    if len(record.reason) > LONGEST_REASON:
        yield Problem(where=where, what=f"a reason of {len(record.reason)} characters; wanted at most {LONGEST_REASON}")
