"""From a bundle to judged cells and rows: every score is derived here, from the answers and from keys derived here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from interpbench.bundle.outcome import Status
from interpbench.run.judged import JudgedTrack
from interpbench.run.store import AnswerRecord
from interpbench.score.board import BoardRow
from interpbench.submissions.archive import MOST_BYTES, read_archive
from interpbench.submissions.checks import faults
from interpbench.submissions.contents import Contents, read_contents
from interpbench.submissions.installed import Installed, same_suite
from interpbench.submissions.judging import judged_track, scored
from interpbench.submissions.layout import printable, sha256
from interpbench.submissions.manifest import SELF_RUN
from interpbench.submissions.problems import Refused


@dataclass(frozen=True, kw_only=True, eq=False)
class Verified:
    """A bundle without a fault, judged.

    Attributes:
        contents: what it holds.
        sha256: of its file.
        tracks: its rows' judged cells.
        rows: track -> its rows as a board has them, best first, without ranks and comparisons: those take other rows.
    """

    contents: Contents
    sha256: str
    tracks: Sequence[JudgedTrack]
    rows: Mapping[str, list[BoardRow]]

    @property
    def silent(self) -> list[str]:
        """Rows without a single answer, as sentences: what stands on the board for them is chance."""
        return [
            f"{row.name} on {track}: none of its {sum(row.statuses.values())} cells has an answer "
            f"({', '.join(f'{count} {status}' for status, count in sorted(row.statuses.items()))}): it scores chance"
            for track, rows in self.rows.items()
            for row in rows
            if not row.statuses.get(Status.OK.value)
        ]


def read_bundle(path: Path, most: int = MOST_BYTES) -> Contents:
    """A bundle's content, in order with itself.

    Args:
        path: of its file.
        most: bytes that it may have; a round's host packs larger ones than anybody may hand in (`archive.HOSTED`).

    Raises:
        SubmissionError: the file cannot be read.
        Refused: with every fault that was found.
    """
    return read_contents(read_archive(path, most))


def verify(path: Path, contents: Contents, here: Installed, label: str = SELF_RUN) -> Verified:
    """Holds a bundle against the suite as it is installed here, and judges it.

    Args:
        path: of its file, for the hash.
        contents: of that file.
        here: the suite that it names.
        label: that its rows carry.

    Raises:
        Refused: with every fault that was found.
    """
    same_suite(contents.manifest, here)
    problems = faults(contents, here)
    if problems:
        raise Refused(problems)
    names = dict.fromkeys(task.info.track for task in here.tasks.values())
    judged = [track for name in names if (track := judged_track(contents, here, name)).rows]
    suite = f"{here.suite.name} {here.suite.version}"
    return Verified(
        contents=contents,
        sha256=sha256(path.read_bytes()),
        tracks=judged,
        rows={of.track: _rows(of, contents.studies, suite, label) for of in judged},
    )


def _rows(of: JudgedTrack, studies: Mapping[str, list[AnswerRecord]], suite: str, label: str) -> list[BoardRow]:
    """What can be said of each row by itself; intervals are those of the board, whose draws depend on no row."""
    board = scored(of, {row.name: studies_about(studies[row.name], of.track) for row in of.rows}, suite)
    return [
        row.alone(label).model_copy(update={"reasons": [printable(reason) for reason in row.reasons]})
        for row in board.rows
        if row.name in of.cells
    ]


def studies_about(records: Sequence[AnswerRecord], track: str) -> list[AnswerRecord]:
    """Those of some studies that are about a track."""
    return [record for record in records if record.task.partition("/")[0] == track]
