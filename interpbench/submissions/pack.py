"""From a finished run in a store to the files of a bundle; what has not run refuses packing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from interpbench.models.names import digest
from interpbench.plugins.discovery import MethodInfo, methods
from interpbench.run.execute import Runner
from interpbench.run.plan import Cell, PlannedTask, Row
from interpbench.run.provenance import environment
from interpbench.run.store import AnswerRecord
from interpbench.submissions.archive import SubmissionError
from interpbench.submissions.layout import SOURCE, answers_file, lines, sha256, studies_file
from interpbench.submissions.limits import SOURCE_BYTES
from interpbench.submissions.manifest import (
    MANIFEST,
    Contact,
    Manifest,
    SubmittedMethod,
    submitted_method,
    suite_stamp,
)

PARTIAL = "left out with --partial: none of its cells has run"


def bundle_files(
    runner: Runner, methods: Sequence[MethodInfo], contact: Contact, *, partial: bool = False, source: bool = False
) -> dict[str, bytes]:
    """The files of a bundle: the same for the same run and the same installation, whose commit it names.

    Args:
        runner: with the plan of the whole suite and the store that holds the run.
        methods: those to submit, all their variants; they stand in the plan.
        contact: who submits.
        partial: leave out tracks of which nothing has run.
        source: pack text files of the methods' code as well.

    Raises:
        SubmissionError: cells have not run; the message has the command that runs them.
    """
    store = runner.store.root
    submitted, files, commits = [], {}, set[str]()
    for info in methods:
        rows = [row for row in runner.plan.rows if row.info is not None and row.info.name == info.name]
        tracks, left_out = _tracks(runner, info, rows, partial, store)
        for row in rows:
            tasks = [task for task in runner.plan.tasks if task.info.track in tracks]
            for task in tasks:
                records = list(_records(runner, row, task))
                commits |= {record.provenance.commit for record in records}
                files[answers_file(row.name, task.name)] = lines(records)
            studies = sorted(runner.studies_of(row, tasks), key=lambda record: digest(record.parts))
            if studies:
                files[studies_file(row.name)] = lines(studies)
        code, missed = _source(info) if source else ({}, [])
        files |= {f"{SOURCE}/{info.name}/{name}": content for name, content in code.items()}
        submitted.append(
            submitted_method(info, tracks, left_out, source=tuple(sorted(code)), source_left_out=tuple(sorted(missed)))
        )
    manifest = _manifest(runner, submitted, contact, commits, files)
    return {MANIFEST: (manifest.model_dump_json(indent=1) + "\n").encode(), **files}


def _manifest(
    runner: Runner, submitted: list[SubmittedMethod], contact: Contact, commits: set[str], files: dict[str, bytes]
) -> Manifest:
    return Manifest(
        suite=suite_stamp(runner.plan.suite, list(runner.plan.tasks)),
        provenance=runner.provenance,
        answered_at=tuple(sorted(commits)),
        environment=environment(),
        contact=contact,
        methods=tuple(submitted),
        files={name: sha256(files[name]) for name in sorted(files)},
    )


def _tracks(
    runner: Runner, info: MethodInfo, rows: Sequence[Row], partial: bool, store: Path
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The tracks of a suite that a method has run on, all of it, and those that are left out."""
    ran: list[str] = []
    left_out: dict[str, str] = {}
    for track in dict.fromkeys(task.info.track for task in runner.plan.tasks):
        if track not in info.tracks:
            continue
        tasks = [task for task in runner.plan.tasks if task.info.track == track]
        cells = [Cell(row=row, task=task, unit=unit) for row in rows for task in tasks for unit in task.units]
        missing = [cell for cell in cells if runner.stored(cell) is None]
        if partial and len(missing) == len(cells):
            left_out[track] = PARTIAL
        elif missing:
            raise SubmissionError(_not_run(runner, info, track, missing, len(cells), store))
        else:
            ran.append(track)
    if not ran:
        raise SubmissionError(
            f"{info.name}: nothing to submit: it enters {', '.join(info.tracks) or 'no track'}, and of these "
            f"{', '.join(left_out) or 'none'} is asked by suite {runner.plan.suite.name} and has not run in {store}"
        )
    return tuple(ran), left_out


def _not_run(runner: Runner, info: MethodInfo, track: str, missing: Sequence[Cell], count: int, store: Path) -> str:
    name = info.name if info.name in methods() else str(info.folder)
    level = runner.settings.isolation.value
    return (
        f"{info.name} on {track}: {len(missing)} of {count} cells have not run with this code on this machine at "
        f"isolation {level} (first: {missing[0].id}). Run them:\n"
        f"  interpbench run --suite {runner.plan.suite.name} -m {name} -t {track} --store {store} --isolation {level}\n"
        f"`interpbench why {missing[0].id}` says what changed if they ran before; --partial leaves out tracks of which "
        "nothing has run"
    )


def _records(runner: Runner, row: Row, task: PlannedTask) -> Iterator[AnswerRecord]:
    for unit in task.units:
        record = runner.stored(Cell(row=row, task=task, unit=unit))
        assert record is not None
        yield record


def _source(info: MethodInfo) -> tuple[dict[str, bytes], list[str]]:
    """Text files of a plug-in by name, and the names of the others."""
    if info.folder.is_file():
        found = [info.source, *[path for path in (info.card_path,) if path.exists()]]
    else:
        found = [path for path in sorted(info.folder.rglob("*")) if path.is_file()]
    files, missed = {}, []
    for path in found:
        name = path.relative_to(info.source.parent)
        if any(part.startswith((".", "__pycache__")) for part in name.parts) or path.suffix == ".pyc":
            continue
        content = path.read_bytes()
        if len(content) > SOURCE_BYTES or path.is_symlink() or not _is_text(content):
            missed.append(name.as_posix())
        else:
            files[name.as_posix()] = content
    return files, missed


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False
