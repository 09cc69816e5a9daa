"""What each answer of a bundle must hold to: it is about the question that is derived here, and valid for the track."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from interpbench.bundle.outcome import Status
from interpbench.bundle.strict import InvalidDocument
from interpbench.bundle.tier import Tier
from interpbench.models.names import digest
from interpbench.run.plan import PlannedTask, Row
from interpbench.run.store import SCHEMA, AnswerRecord
from interpbench.submissions.contents import Contents
from interpbench.submissions.costs import implausible
from interpbench.submissions.endpoints import strange_endpoint
from interpbench.submissions.installed import Installed
from interpbench.submissions.layout import answers_file, studies_file
from interpbench.submissions.magnitude import beyond
from interpbench.submissions.manifest import MANIFEST, Manifest, SubmittedMethod
from interpbench.submissions.problems import Problems, quoted
from interpbench.submissions.releases import SOURCE, malformed, strange_packages
from interpbench.tracks.instance import Problem
from interpbench.tracks.registry import TRACKS

SHOWN = 3
"""Of the same fault of one file, so many are told and the rest counted."""


def faults(contents: Contents, here: Installed) -> list[Problem]:
    """Everything that is wrong with a bundle's answers; nothing is judged yet.

    Args:
        contents: of a bundle about the suite that is installed here.
        here: that suite.
    """
    manifest = contents.manifest
    problems = Problems()
    for found in (_environment(manifest), _whole_tracks(manifest, here), _commits(contents)):
        problems.extend(found)
    for method in manifest.methods:
        seen: dict[tuple[str, str], str] = {}
        for row in method.rows:
            for task in here.of_tracks(method.tracks):
                answers = contents.answers[row.name].get(task.name, {})
                problems.extend(
                    _shortened(answers_file(row.name, task.name), _of_task(manifest, method, row, task, answers, here))
                )
                problems.extend(_one_framework(row, task.info.track, answers, seen))
            problems.extend(
                _shortened(studies_file(row.name), _of_studies(manifest, method, row, contents.studies[row.name], here))
            )
    for name in here.tasks:
        here.release(name)
    return problems.told


def _environment(manifest: Manifest) -> Iterator[Problem]:
    said = manifest.provenance
    wanted = {
        "python": ".".join(said.python.split(".")[:2]),
        "architecture": said.machine.rpartition(" ")[2],
        "device": "cpu",
        "dtype": "float32",
        "packages": digest(said.packages),
    }
    if manifest.environment != wanted:
        what = f"environment {manifest.environment}; wanted {wanted}, as its own provenance says"
        yield Problem(where=MANIFEST, what=what)


def _commits(contents: Contents) -> Iterator[Problem]:
    made = {
        record.provenance.commit
        for of_row in contents.answers.values()
        for of_task in of_row.values()
        for record in of_task.values()
    }
    if list(contents.manifest.answered_at) != sorted(made):
        what = f"answered_at {quoted(contents.manifest.answered_at)}; wanted {quoted(sorted(made))}, as its answers say"
        yield Problem(where=MANIFEST, what=what)


def _whole_tracks(manifest: Manifest, here: Installed) -> Iterator[Problem]:
    asked = {task.info.track for task in here.tasks.values()}
    for method in manifest.methods:
        for track in sorted({*method.tracks, *method.left_out} - asked):
            yield Problem(
                where=f"{MANIFEST}: {method.name}", what=f"suite {here.suite.name} does not ask track {track!r}"
            )


def _of_task(
    manifest: Manifest,
    method: SubmittedMethod,
    row: Row,
    task: PlannedTask,
    found: Mapping[str, AnswerRecord],
    here: Installed,
) -> Iterator[str]:
    """Faults of a row's answers to a task, the same ones alike."""
    for unit in sorted(set(task.units) - set(found)):
        yield f"no answer to {unit!r} and no reason why; run it and pack again"
    for unit in sorted(set(found) - set(task.units)):
        yield f"an answer to {unit!r}, which the suite does not ask"
    giver = here.giver(task.name)
    for unit in task.units:
        if unit in found:
            record = found[unit]
            identity = giver.identity(unit)
            wanted = _parts(manifest, method, row, task, "answer", identity["full"])
            yield from (f"{unit}: {fault}" for fault in _differences(record.parts, wanted, manifest, method, row))
            yield from (f"{unit}: {fault}" for fault in _outcome(record, manifest))
            yield from (f"{unit}: {fault}" for fault in implausible(record, row))
            yield from (f"{unit}: {fault}" for fault in _answer(record, task, giver.question))


def _of_studies(
    manifest: Manifest, method: SubmittedMethod, row: Row, found: list[AnswerRecord], here: Installed
) -> Iterator[str]:
    if not method.studies:
        return
    asked = {
        here.giver(task.name).identity(unit)["rows"]: task
        for task in here.of_tracks(method.tracks)
        for unit in task.units
    }
    hashes = [digest(record.parts) for record in found]
    times = Counter(hashes)
    for record, name in zip(found, hashes, strict=True):
        task = asked.get(str(record.parts.get("question")))
        if task is None:
            yield f"{record.unit}: a study of rows that the suite does not show"
            continue
        wanted = _parts(manifest, method, row, task, "study", str(record.parts["question"]))
        yield from (f"{record.unit}: {fault}" for fault in _differences(record.parts, wanted, manifest, method, row))
        yield from (f"{record.unit}: {fault}" for fault in _outcome(record, manifest))
        yield from (f"{record.unit}: {fault}" for fault in implausible(record, row))
        if record.answer is not None:
            yield f"{record.unit}: a study with an answer"
        if times[name] > 1:
            yield f"{record.unit}: this study stands twice"
    for rows in sorted(set(asked) - {str(record.parts.get("question")) for record in found}):
        yield f"no study of the rows {rows[:12]}..., on which answers rest: its cost is missing"


def _parts(
    manifest: Manifest, method: SubmittedMethod, row: Row, task: PlannedTask, mode: str, question: str
) -> dict[str, Any]:
    """What an answer's hash must be made of, as far as it can be known here."""
    return {
        "schema": SCHEMA,
        "mode": mode,
        "track": task.info.track,
        "question": question,
        "tier": (Tier.DATA if mode == "study" else row.tier).value,
        "method": method.name,
        "version": method.version,
        "source": method.source_hash,
        "parameters": row.parameters,
        "seed": task.seed,
        "environment": manifest.environment,
        "limits": row.limits.model_dump(mode="json"),
        "isolation": manifest.provenance.isolation,
    }


def _differences(
    parts: Mapping[str, Any], wanted: Mapping[str, Any], manifest: Manifest, method: SubmittedMethod, row: Row
) -> Iterator[str]:
    for name, value in wanted.items():
        if parts.get(name) != value:
            advice = ""
            if name == "question":
                advice = (
                    f"; either it answers another question, or this machine makes other bytes than "
                    f"{manifest.provenance.machine} with torch {manifest.provenance.packages.get('torch')}"
                )
            yield f"{name}: got {quoted(parts.get(name))}, wanted {quoted(value)}{advice}"
    allowed = {*wanted, "framework", "endpoint", *(["packages"] if method.card.requires else [])}
    for name in sorted(set(parts) - allowed):
        yield f"its hash is made of {name!r} as well, which no answer of this method's is"
    if not SOURCE.fullmatch(str(parts.get("framework"))):
        yield f"framework: got {quoted(parts.get('framework'))}, wanted the hash of the source that asked"
    endpoint = parts.get("endpoint")
    if endpoint is not None:
        yield from (
            strange_endpoint(endpoint, row)
            if method.card.network
            else ("it reached an endpoint, and the method declares no network",)
        )
    if method.card.requires:
        yield from _packages(parts.get("packages"), method)


def _packages(found: Any, method: SubmittedMethod) -> Iterator[str]:
    """What a method requires beyond the framework, in which version."""
    wanted = method.card.requires
    if not isinstance(found, dict) or set(found) != set(wanted) or not all(isinstance(v, str) for v in found.values()):
        yield f"packages: got {quoted(found)}, wanted a version of each of {', '.join(wanted)}, as its card requires"
    else:
        yield from (f"packages: {fault}" for fault in strange_packages(found))


def _one_framework(
    row: Row, track: str, found: Mapping[str, AnswerRecord], seen: dict[tuple[str, str], str]
) -> Iterator[Problem]:
    """All answers of a method in a track are by one code."""
    method = "" if row.info is None else row.info.name
    for unit, record in found.items():
        got = str(record.parts.get("framework"))
        if seen.setdefault((method, track), got) != got:
            what = f"made by framework source {got[:12]}, others of the track by {seen[method, track][:12]}: mixed runs"
            yield Problem(where=f"{row.name} on {track}: {unit}", what=what)
            return


def _outcome(record: AnswerRecord, manifest: Manifest) -> Iterator[str]:
    """Status, reason and provenance go together."""
    has = record.answer is not None
    if record.mode == "answer" and has != (record.status in {Status.OK, Status.NOT_APPLICABLE}):
        yield f"status {record.status.value} {'with' if has else 'without'} an answer"
    if record.status is not Status.OK and not record.reason.strip():
        yield f"status {record.status.value} without a reason"
    if record.provenance.isolation != manifest.provenance.isolation:
        yield f"isolation {record.provenance.isolation!r}; the manifest says {manifest.provenance.isolation!r}"
    yield from (f"provenance: {fault}" for fault in malformed(record.provenance))
    if digest(record.provenance.packages) != manifest.environment.get("packages"):
        yield "its provenance names other package versions than its hash is made of"


def _answer(record: AnswerRecord, task: PlannedTask, question: Any) -> Iterator[str]:
    """The answer is one that the track takes, and says of itself what the record says."""
    if record.answer is None:
        return
    track = TRACKS[task.info.track].load()
    try:
        parsed = track.read_answer(record.answer.encode())
    except InvalidDocument as error:
        yield f"answer: {error}"
        return
    except UnicodeEncodeError:
        yield "answer: not UTF-8"
        return
    extreme = beyond(parsed.model_dump())
    if extreme is not None:
        yield f"answer: {extreme}"
        return
    refusal = getattr(parsed, "not_applicable", None)
    if bool(refusal) != (record.status is Status.NOT_APPLICABLE):
        yield f"status {record.status.value}, but the answer {'says that it is none' if refusal else 'is one'}"
    if refusal and str(refusal)[:2000] != record.reason:
        yield "the reason is not the one that the answer gives"
    if getattr(parsed, "models_trained", 0) != record.cost.models_trained:
        yield f"{record.cost.models_trained} models trained; the answer says {getattr(parsed, 'models_trained', 0)}"
    if not refusal:
        asked = question(record.unit)
        try:
            fault = track.refuse(asked, parsed)
        except Exception as error:  # of the answer's making, whatever it is: a stranger chose it
            fault = f"looking at it raised {type(error).__name__}: {error}"
        if fault is not None:
            yield f"answer: {fault}"


def _shortened(where: str, faults: Iterator[str]) -> list[Problem]:
    """The first faults of a file, and how many more there are."""
    every = list(faults)
    shown = [Problem(where=where, what=fault) for fault in every[:SHOWN]]
    return shown + [Problem(where=where, what=f"and {len(every) - SHOWN} more")] * (len(every) > SHOWN)
