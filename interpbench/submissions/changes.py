"""What a pull request changes, as git lists it: a submission adds two files to a new folder, and nothing else.

The listing is what `git diff-tree -r --no-renames --raw -z BEFORE AFTER` prints. Without `--no-renames` a file that is
moved here from elsewhere would show its new place alone; `--raw` tells modes, and so links and submodules.
"""

import re
from collections.abc import Iterator

from interpbench.submissions.archive import SubmissionError
from interpbench.submissions.summary import BUNDLE, SUMMARY
from interpbench.submissions.tree import SUBMISSIONS
from interpbench.tracks.instance import Problem

FOLDER = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
"""What a submission may be called."""
LEADERBOARD = "leaderboard"
WANTED = f"{LEADERBOARD}/{SUBMISSIONS}/NEW-NAME/ with {BUNDLE} and {SUMMARY}"
COMMAND = "git diff-tree -r --no-renames --raw -z BEFORE AFTER"
PLAIN = "100644"
_OWN = re.compile(rf"{LEADERBOARD}/{SUBMISSIONS}/{FOLDER.pattern}/({re.escape(BUNDLE)}|{re.escape(SUMMARY)})")
_ABOUT = re.compile(rb":(?P<before>[0-7]{6}) (?P<after>[0-7]{6}) [0-9a-f]+ [0-9a-f]+ (?P<status>[A-Z])[0-9]*")
_SAID = {"A": "added", "M": "changed", "D": "removed", "T": "made something else", "R": "moved", "C": "copied"}


def changed_elsewhere(listing: bytes, where: str) -> Iterator[Problem]:
    """Every change that no submission makes.

    Args:
        listing: by git.
        where: its file, for messages.

    Raises:
        SubmissionError: it is no listing of git.
    """
    fields = listing.split(b"\0")
    if fields.pop() != b"" or len(fields) % 2:
        raise SubmissionError(f"{where}: no listing of changes, or a part of one; wanted what `{COMMAND}` prints")
    if not fields:
        yield Problem(where=where, what=f"lists no change; wanted {WANTED}")
    for about, name in zip(fields[::2], fields[1::2], strict=True):
        found = _ABOUT.fullmatch(about)
        if found is None:
            raise SubmissionError(f"{where}: {about[:80]!r} is no line of a listing; wanted what `{COMMAND}` prints")
        path = name.decode("utf-8", "replace")
        status, mode = found["status"].decode(), found["after"].decode()
        if status != "A":
            what = f"is {_SAID.get(status, status)} by this pull request, and a submission only adds; wanted {WANTED}"
            yield Problem(where=path, what=what)
        elif not _OWN.fullmatch(path):
            yield Problem(
                where=path, what=f"is added by this pull request and is no part of a submission; wanted {WANTED}"
            )
        elif mode != PLAIN:
            yield Problem(where=path, what=f"has mode {mode}, a link or a program; wanted a plain file ({PLAIN})")
