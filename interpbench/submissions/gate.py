"""The gate of a leaderboard folder: may this change be merged? Everything that is stated is derived again.

A folder holds `tables/` (boards of built-in rows) and `submissions/NAME/` (a bundle and its summary). A submission adds
rows and moves none: it is no part of the built-in board, whose ranks and comparisons are among built-in rows.

Next to a base every file but those of new submissions must be the same, byte for byte: boards are not compared figure
by figure, since a row or a caption that is new would pass, and they are read from the base alone. Without a base the
folder is the maintainers' own, and its boards are held against their cells.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from interpbench.bundle.strict import InvalidDocument, parse_json
from interpbench.plugins.discovery import methods, suites
from interpbench.run.watcher import UNWATCHED, Watcher
from interpbench.submissions.archive import Refused, SubmissionError
from interpbench.submissions.changes import FOLDER, changed_elsewhere
from interpbench.submissions.installed import Installed, installed
from interpbench.submissions.manifest import Manifest
from interpbench.submissions.published import TABLES, PublishedTrack, read_published
from interpbench.submissions.summary import BUNDLE, SUMMARY, Summary, moved, summary_of
from interpbench.submissions.tables import misplaced
from interpbench.submissions.tree import SUBMISSIONS, moved_files, not_plain
from interpbench.submissions.verified import Verified, read_bundle, verify
from interpbench.tracks.instance import Problem, ScoredCell
from interpbench.tracks.registry import TRACKS
from interpbench.tracks.track import Track

ISOLATED = frozenset({"bwrap", "landlock"})
"""Levels at which a method cannot have read keys."""
ALLOWED = frozenset({BUNDLE, SUMMARY})
"""What `board add` writes, and nothing else: whatever else lies there would be published unread."""
CHANCE = "chance"
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
        change: what the change does that no submission does.
        tables: problems of the built-in boards.
        submissions: in the order of their names.
        published: the built-in boards, as they were before the change if that is known.
        derived: how many figures of built-in rows were derived again from published cells.
    """

    change: list[Problem]
    tables: list[Problem]
    submissions: list[Checked]
    published: list[PublishedTrack]
    derived: int

    @property
    def problems(self) -> list[Problem]:
        """All that keeps the folder from being merged."""
        return [*self.change, *self.tables, *(problem for one in self.submissions for problem in one.problems)]


def check_board(
    folder: Path,
    base: Path | None = None,
    store: Path | None = None,
    changes: Path | None = None,
    watcher: Watcher = UNWATCHED,
) -> Report:
    """Looks at a leaderboard folder.

    Args:
        folder: the leaderboard's.
        base: the same folder before the change; but for new submissions nothing may have moved.
        store: for derived keys and question hashes, which are then not derived again the next time; its content must
            not come from the change.
        changes: all that the change does in its repository, as git lists it (see `submissions.changes`).
        watcher: is told of instances that are judged.

    Raises:
        SubmissionError: the folder or the base cannot be read as a leaderboard, or the changes as a listing.
    """
    with tempfile.TemporaryDirectory(prefix="interpbench-gate-") as fresh:  # all submissions share what is derived
        return _check_board(folder, base, store or Path(fresh), _listed(changes), watcher)


def _check_board(folder: Path, base: Path | None, store: Path, change: list[Problem], watcher: Watcher) -> Report:
    if not folder.is_dir() and not folder.is_symlink():
        raise SubmissionError(f"{folder}: no such folder; wanted the leaderboard's, which holds `{TABLES}/`")
    links = not_plain(folder)
    if links:  # nothing is read through them
        return Report(change=[*change, *links], tables=[], submissions=[], published=[], derived=0)
    if base is not None:
        change = [*change, *moved_files(base, folder)]
    published = read_published(folder if base is None else base)
    misplacements = list(misplaced(folder, published)) if base is None else []
    faults, derived = _derived_again(published, store)
    names = sorted(path.name for path in (folder / SUBMISSIONS).glob("*")) if (folder / SUBMISSIONS).is_dir() else []
    checked = [_check(folder / SUBMISSIONS / name, published, store, watcher) for name in names]
    checked = [_with(one, _collisions(one, checked, published)) for one in checked]
    return Report(
        change=change,
        tables=[*misplacements, *faults],
        submissions=checked,
        published=published,
        derived=derived,
    )


def _listed(changes: Path | None) -> list[Problem]:
    if changes is None:
        return []
    try:
        return list(changed_elsewhere(changes.read_bytes(), changes.name))
    except OSError as error:
        raise SubmissionError(
            f"{changes}: {error.strerror}; wanted a file with the changes, as git lists them"
        ) from error


def enter(
    bundle: Path, name: str, folder: Path, store: Path | None = None, watcher: Watcher = UNWATCHED
) -> dict[Path, bytes]:
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
    with installed(contents.manifest.suite.name, store, watcher) as here:
        summary = summary_of(verify(bundle, contents, here))
    return {place / BUNDLE: bundle.read_bytes(), place / SUMMARY: written(summary)}


def written(summary: Summary) -> bytes:
    """A summary as it lies on disk."""
    return (summary.model_dump_json(indent=1) + "\n").encode()


def _check(place: Path, published: Sequence[PublishedTrack], store: Path | None, watcher: Watcher) -> Checked:
    problems = list(_layout(place))
    if problems:
        return Checked(name=place.name, summary=None, problems=problems, notes=[])
    try:
        contents = read_bundle(place / BUNDLE)
        with installed(contents.manifest.suite.name, store, watcher) as here:
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
        where = f"{TABLES}/{published.path.name}: {row.name}"
        stated = {metric: estimate.value for metric, estimate in row.metrics.items() if estimate.value is not None}
        try:
            found = _chance(track) if row.name == CHANCE else _figures(track, published.scored(row.name, refs))
        except Underivable as error:
            problems.append(Problem(where=where, what=str(error)))
            continue
        for metric, value in stated.items():
            count += row.name != CHANCE
            got = found.get(metric)
            if got is None or not abs(got - value) <= DERIVED:
                what = f"{metric} is {value}, and its published cells give {got}"
                problems.append(Problem(where=where, what=what))
    return problems, count


class Underivable(ValueError):
    """A row's figures do not follow from published cells; the message says why."""


def _chance(track: Track) -> dict[str, float]:
    """What a row that knows nothing scores, which rests on no cell."""
    return {name: metric.chance for name, metric in track.metrics.items()}


def _figures(track: Track, cells: Sequence[ScoredCell] | None) -> dict[str, float]:
    """Metric -> what the cells of a row give."""
    if cells is None:
        raise Underivable("not every cell of this row is among the published ones")
    try:
        values = track.reduce(cells, np.ones((1, len(cells))))
    except KeyError as error:
        raise Underivable(f"its published cells lack the value {error}, which track {track.name} reduces") from error
    return {name: float(value[0]) for name, value in values.items()}


def _at(place: Path, problems: Sequence[Problem]) -> list[Problem]:
    """With the submission's name in front."""
    return [
        Problem(where=f"{place.name}: {problem.where.removeprefix(str(place) + '/')}", what=problem.what)
        for problem in problems
    ]


def _with(one: Checked, problems: list[Problem]) -> Checked:
    return Checked(name=one.name, summary=one.summary, problems=[*one.problems, *problems], notes=one.notes)
