"""What lies beside a bundle on the leaderboard: its rows as they were derived, so that pages need not judge again."""

import math
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from interpbench.score.board import BoardRow
from interpbench.submissions.manifest import SELF_RUN, Contact
from interpbench.submissions.verified import Verified
from interpbench.tracks.instance import Problem

SUMMARY = "summary.json"
BUNDLE = "bundle.ibz"
CLOSE = 1e-6
"""Derived again on another machine, figures may differ by so much: sums of floats in another order."""


class Summary(BaseModel):
    """`summary.json`; everything in it follows from the bundle, and the gate derives it again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    label: str = SELF_RUN
    bundle: str
    """SHA-256 of the bundle's file."""
    suite: str
    suite_version: str
    methods: tuple[str, ...]
    contact: Contact
    isolation: str
    machine: str
    tuned: dict[str, str]
    """Method -> what was chosen by looking at results, and on what, as its authors say."""
    left_out: dict[str, dict[str, str]]
    """Method -> track -> why it was not run."""
    tracks: dict[str, list[BoardRow]]


def summary_of(verified: Verified) -> Summary:
    """The summary of a verified bundle."""
    manifest = verified.contents.manifest
    return Summary(
        bundle=verified.sha256,
        suite=manifest.suite.name,
        suite_version=manifest.suite.version,
        methods=tuple(method.name for method in manifest.methods),
        contact=manifest.contact,
        isolation=manifest.provenance.isolation,
        machine=manifest.provenance.machine,
        tuned={method.name: method.card.tuned for method in manifest.methods},
        left_out={method.name: dict(method.left_out) for method in manifest.methods if method.left_out},
        tracks=dict(verified.rows),
    )


def moved(where: str, before: Any, after: Any, path: str = "") -> Iterator[Problem]:
    """Every place at which two documents differ, numbers by more than a rounding.

    Args:
        where: for messages.
        before: parsed JSON.
        after: the same.
        path: of the place, inside of the documents.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(set(before) | set(after)):
            yield from moved(where, before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (first, second) in enumerate(zip(before, after, strict=True)):
            yield from moved(where, first, second, f"{path}[{number}]")
    elif not _same(before, after):
        yield Problem(where=where, what=f"{path}: was {_short(before)}, is {_short(after)}")


def _same(first: Any, second: Any) -> bool:
    numbers = isinstance(first, int | float) and isinstance(second, int | float)
    if numbers and not isinstance(first, bool) and not isinstance(second, bool):
        return math.isclose(first, second, rel_tol=CLOSE, abs_tol=CLOSE)
    return type(first) is type(second) and first == second


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
