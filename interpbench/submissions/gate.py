"""The gate of a leaderboard folder: may this change be merged? Everything that is stated is derived again.

A folder holds `tables/` (boards of built-in rows) and `submissions/NAME/` (a bundle and its summary). A submission adds
rows and moves none: it is no part of the built-in board, whose ranks and comparisons are among built-in rows.
"""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from interpbench.bundle.strict import InvalidDocument, parse_json
from interpbench.plugins.discovery import methods, suites
from interpbench.submissions.archive import Refused, SubmissionError
from interpbench.submissions.installed import Installed, installed
from interpbench.submissions.layout import sha256
from interpbench.submissions.manifest import Manifest
from interpbench.submissions.published import TABLES, PublishedTrack, cells_file, read_published
from interpbench.submissions.summary import BUNDLE, SUMMARY, Summary, moved, summary_of
from interpbench.submissions.verified import Verified, read_bundle, verify
from interpbench.tracks.instance import Problem
from interpbench.tracks.registry import TRACKS

SUBMISSIONS = "submissions"
FOLDER = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
ISOLATED = frozenset({"bwrap", "landlock"})
"""Levels at which a method cannot have read keys."""
ALLOWED = frozenset({BUNDLE, SUMMARY, "README.md"})
DERIVED = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Checked:
    """One submission after the gate looked at it.

    Attributes:
        name: of its folder.
        summary: as derived here; None if its bundle was refused.
        problems: everything that keeps it from being merged.
        notes: what a reader should know and what keeps nothing back.
    """

    name: str
    summary: Summary | None
    problems: list[Problem]
    notes: list[str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """What the gate found.

    Attributes:
        tables: problems of the built-in boards.
        submissions: in the order of their names.
        boards: how many tracks' boards were looked at.
        derived: how many figures of built-in rows were derived again from published cells.
    """

    tables: list[Problem]
    submissions: list[Checked]
    boards: int
    derived: int

    @property
    def problems(self) -> list[Problem]:
        """All that keeps the folder from being merged."""
        return [*self.tables, *(problem for one in self.submissions for problem in one.problems)]


def check_board(folder: Path, base: Path | None = None, store: Path | None = None) -> Report:
    """Looks at a leaderboard folder.

    Args:
        folder: the leaderboard's.
        base: the same folder before the change; what it publishes must not have moved.
        store: for derived keys and question hashes, which are then not derived again the next time; its content must
            not come from the change.

    Raises:
        SubmissionError: the folder or the base cannot be read as a leaderboard.
    """
    with tempfile.TemporaryDirectory(prefix="interpbench-gate-") as fresh:  # all submissions share what is derived
        return _check_board(folder, base, store or Path(fresh))


def _check_board(folder: Path, base: Path | None, store: Path) -> Report:
    published = read_published(folder)
    before = None if base is None else read_published(base)
    names = sorted(path.name for path in (folder / SUBMISSIONS).glob("*")) if (folder / SUBMISSIONS).is_dir() else []
    tables = [] if base is None or before is None else list(_moved_tables(before, published, folder, base))
    faults, derived = _derived_again(published, store)
    checked = [_check(folder / SUBMISSIONS / name, published, store) for name in names]
    checked = [_with(one, _collisions(one, checked, published)) for one in checked]
    if base is not None:
        tables += _moved_submissions(base, folder)
    return Report(tables=[*tables, *faults], submissions=checked, boards=len(published), derived=derived)


def enter(bundle: Path, name: str, folder: Path, store: Path | None = None) -> dict[Path, bytes]:
    """The files that a submission adds to a leaderboard folder: its bundle, and its summary as derived here.

    Raises:
        Refused: the bundle has faults.
        SubmissionError: the name is none, or taken.
    """
    if not FOLDER.fullmatch(name):
        raise SubmissionError(f"{name!r} is no name of a submission: wanted lower case letters, digits and hyphens")
    place = folder / SUBMISSIONS / name
    if place.exists():
        raise SubmissionError(f"{place} exists; choose another name, or remove it first")
    contents = read_bundle(bundle)
    with installed(contents.manifest.suite.name, store) as here:
        summary = summary_of(verify(bundle, contents, here))
    return {place / BUNDLE: bundle.read_bytes(), place / SUMMARY: written(summary)}


def written(summary: Summary) -> bytes:
    """A summary as it lies on disk."""
    return (summary.model_dump_json(indent=1) + "\n").encode()


def _check(place: Path, published: Sequence[PublishedTrack], store: Path | None) -> Checked:
    problems = list(_layout(place))
    if problems:
        return Checked(name=place.name, summary=None, problems=problems, notes=[])
    try:
        contents = read_bundle(place / BUNDLE)
        with installed(contents.manifest.suite.name, store) as here:
            verified = verify(place / BUNDLE, contents, here)
    except Refused as error:
        return Checked(name=place.name, summary=None, problems=_at(place, error.problems), notes=[])
    except SubmissionError as error:
        return Checked(name=place.name, summary=None, problems=[Problem(where=place.name, what=str(error))], notes=[])
    summary = summary_of(verified)
    problems = [*_isolation(place, contents.manifest), *_suite(place, contents.manifest, published)]
    problems += _stated(place, summary)
    return Checked(name=place.name, summary=summary, problems=problems, notes=list(_notes(verified, published)))


def _layout(place: Path) -> Iterator[Problem]:
    if place.is_symlink() or not place.is_dir():
        yield Problem(where=place.name, what=f"no folder; wanted {SUBMISSIONS}/NAME/ with {BUNDLE} and {SUMMARY}")
        return
    if not FOLDER.fullmatch(place.name):
        yield Problem(where=place.name, what="no name of a submission: wanted lower case letters, digits and hyphens")
    there = {path.name for path in place.iterdir()}
    for name in sorted({BUNDLE, SUMMARY} - there):
        yield Problem(where=place.name, what=f"has no {name}; `interpbench board add` writes both files")
    for name in sorted(there - ALLOWED):
        yield Problem(where=f"{place.name}/{name}", what=f"does not belong here; wanted {', '.join(sorted(ALLOWED))}")
    for path in sorted(place.iterdir()):
        if path.is_symlink() or not path.is_file():
            yield Problem(where=f"{place.name}/{path.name}", what="a link or a folder; wanted a plain file")


def _isolation(place: Path, manifest: Manifest) -> Iterator[Problem]:
    if manifest.provenance.isolation not in ISOLATED:
        what = (
            f"answers were made at isolation {manifest.provenance.isolation!r}, at which a method can read the keys; "
            f"wanted {' or '.join(sorted(ISOLATED))}: run again with `--isolation landlock`"
        )
        yield Problem(where=place.name, what=what)


def _suite(place: Path, manifest: Manifest, published: Sequence[PublishedTrack]) -> Iterator[Problem]:
    known = sorted({track.board.suite for track in published})
    if manifest.suite.name not in known:
        what = f"is on suite {manifest.suite.name!r}; this leaderboard is on {', '.join(known) or 'none'}"
        yield Problem(where=place.name, what=what)


def _stated(place: Path, summary: Summary) -> Iterator[Problem]:
    """The summary says what follows from the bundle, and nothing else."""
    where = f"{place.name}/{SUMMARY}"
    try:
        stated = parse_json((place / SUMMARY).read_bytes(), SUMMARY)
    except (InvalidDocument, OSError) as error:
        yield Problem(where=where, what=str(error))
        return
    found = list(moved(where, stated, json.loads(written(summary))))
    yield from (Problem(where=one.where, what=f"not what follows from the bundle: {one.what}") for one in found[:5])
    if len(found) > 5:
        yield Problem(where=where, what=f"and {len(found) - 5} more")


def _collisions(one: Checked, every: Sequence[Checked], published: Sequence[PublishedTrack]) -> list[Problem]:
    if one.summary is None:
        return []
    rows = {row.name for track in published for row in track.track.rows}
    taken = {row.partition("/")[0] for row in rows} | set(methods())
    others: Counter[str] = Counter(name for each in every if each.summary for name in set(each.summary.methods))
    out = []
    for name in one.summary.methods:
        if name in taken:
            out.append(Problem(where=one.name, what=f"method {name!r} has the name of a built-in one; rename it"))
        if others[name] > 1:
            out.append(Problem(where=one.name, what=f"method {name!r} is in another submission as well; rename it"))
    return out


def _notes(verified: Verified, published: Sequence[PublishedTrack]) -> Iterator[str]:
    manifest = verified.contents.manifest
    suite = f"{manifest.suite.name} {manifest.suite.version}"
    if manifest.provenance.dirty is not False:
        state = "with uncommitted changes" if manifest.provenance.dirty else "outside of a checkout"
        yield f"packed by interpbench {manifest.provenance.interpbench} {state}"
    for track in verified.rows:
        there = [one.suite for one in published if one.track.track == track]
        if there and suite not in there:
            yield f"{track}: the built-in board is of {', '.join(there)}, this is of {suite}: not comparable"
    for method in manifest.methods:
        if not method.card.tuned.strip():
            yield f"{method.name}: its card does not say what was tuned, and on what"
        for track, reason in method.left_out.items():
            yield f"{method.name}: {track} is not answered: {reason}"
        for row in method.rows:
            for track in method.tracks:
                if row.variant not in _calibrated(method.card.calibration.get(track, {})):
                    yield f"{row.name}: not calibrated on {track}"


def _calibrated(variants: dict[str, dict[str, Any]]) -> set[str]:
    return {"" if name == "default" else name for name in variants}


def _moved_tables(
    before: Sequence[PublishedTrack], after: Sequence[PublishedTrack], folder: Path, base: Path
) -> Iterator[Problem]:
    """Boards that were published and now say something else; a row that is new moves none."""
    now = {(track.path.name, track.track.track): track for track in after}
    for old in before:
        where = f"{TABLES}/{old.path.name}"
        new = now.get((old.path.name, old.track.track))
        if new is None:
            yield Problem(where=where, what=f"the board of {old.track.track} is gone")
            continue
        kept = _shown(new)
        for name, row in _shown(old).items():
            if name not in kept:
                yield Problem(where=f"{where}: {name}", what="the row is gone")
            else:
                yield from list(moved(f"{where}: {name}", row, kept[name]))[:3]
        first, second = cells_file(base / TABLES / old.path.name), cells_file(folder / TABLES / old.path.name)
        if first.exists() and (not second.exists() or first.read_bytes() != second.read_bytes()):
            yield Problem(where=f"{TABLES}/{first.name}", what="the published cells are gone or were changed")


def _shown(track: PublishedTrack) -> dict[str, Any]:
    about = {"suite": track.suite}
    return {row.name: {**row.model_dump(mode="json"), **about} for row in track.track.rows}


def _moved_submissions(base: Path, folder: Path) -> Iterator[Problem]:
    """A submission that was merged stays as it is; a better one comes under another name."""
    for path in sorted((base / SUBMISSIONS).glob(f"*/{BUNDLE}")):
        now = folder / SUBMISSIONS / path.parent.name / BUNDLE
        if not now.exists():
            yield Problem(where=path.parent.name, what="this submission is gone")
        elif sha256(now.read_bytes()) != sha256(path.read_bytes()):
            yield Problem(where=path.parent.name, what="this submission's bundle was changed; add a new one instead")


def _derived_again(published: Sequence[PublishedTrack], store: Path | None) -> tuple[list[Problem], int]:
    """Figures of built-in rows next to what their published cells give, where the suite is the one installed here."""
    problems: list[Problem] = []
    count = 0
    for suite in sorted({track.board.suite for track in published if track.cells is not None} & set(suites())):
        with installed(suite, store) as here:
            for track in (track for track in published if track.board.suite == suite and track.cells is not None):
                if track.board.suite_version == here.suite.version:
                    faults, figures = _reduced(track, here)
                    problems += faults
                    count += figures
    return problems, count


def _reduced(published: PublishedTrack, here: Installed) -> tuple[list[Problem], int]:
    name = published.track.track
    refs = [ref for task in here.of_tracks((name,)) for ref in task.refs]
    track = TRACKS[name].load()
    problems, count = [], 0
    for row in published.track.rows:
        if row.name == "chance" or row.label:
            continue
        where = f"{TABLES}/{published.path.name}: {row.name}"
        cells = published.scored(row.name, refs)
        if cells is None:
            problems.append(Problem(where=where, what="not every cell of this row is among the published ones"))
            continue
        values = track.reduce(cells, np.ones((1, len(cells))))
        for metric, estimate in row.metrics.items():
            if estimate.value is None:
                continue
            count += 1
            got = float(values[metric][0])
            if not abs(got - estimate.value) <= DERIVED:
                what = f"{metric} is {estimate.value}, and its published cells give {got}"
                problems.append(Problem(where=where, what=what))
    return problems, count


def _at(place: Path, problems: Sequence[Problem]) -> list[Problem]:
    """With the submission's name in front."""
    return [
        Problem(where=f"{place.name}: {problem.where.removeprefix(str(place) + '/')}", what=problem.what)
        for problem in problems
    ]


def _with(one: Checked, problems: list[Problem]) -> Checked:
    return Checked(name=one.name, summary=one.summary, problems=[*one.problems, *problems], notes=one.notes)
