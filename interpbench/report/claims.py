"""The section of the audit page about published claims: a table and a figure for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from interpbench.models.names import numpy_generator
from interpbench.report.figure import save
from interpbench.score.claims import examine, outcome
from interpbench.score.interval import Estimate
from interpbench.tracks.claim import Claim

Found = dict[str, dict[str, Estimate]]
"""Group -> row -> share of pairs in which the better network has the larger number."""

_COLOURS = ("#0072b2", "#d55e00")
"""Of the rows of a claim; apart for the colour-blind too."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """What the template prints of one claim."""

    claim: Claim
    groups: pd.DataFrame


def claims_section(
    table: pd.DataFrame, claims: Sequence[Claim], headline: Sequence[str], figure: Path
) -> list[Section]:
    """The sections, in the order of the claims; draws the figure.

    Args:
        table: pairs and scores of rows, with the columns of `score.audit`.
        claims: to be tested.
        headline: kinds that are looked at where a claim is not told apart by kind.
        figure: where its picture goes.
    """
    found = [(claim, _found(table, claim, headline)) for claim in claims]
    found = [(claim, groups) for claim, groups in found if groups]
    if found:
        _draw(found, figure)
    return [Section(claim=claim, groups=_table(claim, groups)) for claim, groups in found]


def _found(table: pd.DataFrame, claim: Claim, headline: Sequence[str]) -> Found:
    some = table if claim.by == "kind" else table[table["kind"].isin(headline)]
    some = some.sort_values([claim.by, "family", "better", "worse"], kind="stable")
    found = examine(some, claim.rows, claim.by, numpy_generator("claims", claim.name))
    return {group: rows for group, rows in found.items() if any(one.available for one in rows.values())}


def _table(claim: Claim, found: Found) -> pd.DataFrame:
    lines = [
        (group, rows[claim.rows[0]].n, *(_shown(rows[row]) for row in claim.rows)) for group, rows in found.items()
    ]
    return pd.DataFrame(lines, columns=[claim.by, "pairs", *claim.rows])


def _shown(found: Estimate) -> str:
    if found.value is None or found.low is None or found.high is None:
        return found.reason or ""
    return f"{100 * found.value:.0f} [{100 * found.low:.0f}, {100 * found.high:.0f}] {outcome(found)}"


def _draw(found: Sequence[tuple[Claim, Found]], path: Path) -> None:
    heights = [1.1 + 0.3 * len(groups) for _, groups in found]
    figure = Figure(figsize=(8, sum(heights) + 0.4), layout="constrained")
    panels = figure.subplots(len(found), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (claim, groups) in zip(panels, found, strict=True):
        axes.axvline(50, color="0.7", linewidth=1)
        for place, row in enumerate(claim.rows):
            known = [(y, one[row]) for y, one in enumerate(groups.values()) if one[row].available]
            values = [100 * (one.value or 0) for _, one in known]
            below = [value - 100 * (one.low or 0) for value, (_, one) in zip(values, known, strict=True)]
            above = [100 * (one.high or 0) - value for value, (_, one) in zip(values, known, strict=True)]
            shift = (place - (len(claim.rows) - 1) / 2) * 0.3
            axes.errorbar(
                values,
                [y + shift for y, _ in known],
                xerr=[below, above],
                fmt="os"[place],
                color=_COLOURS[place],
                markersize=4,
                linewidth=1.2,
                label=row,
            )
        axes.set_yticks(range(len(groups)), list(groups))
        axes.set_ylim(len(groups) - 0.4, -0.6)
        axes.set_title(claim.name, loc="left", fontsize=10, pad=18)
        axes.legend(fontsize=8, frameon=False, loc="lower left", bbox_to_anchor=(-0.01, 0.97), ncols=2)
        axes.spines[["top", "right"]].set_visible(False)
    panels[-1].set_xlim(-2, 102)
    panels[-1].set_xlabel("pairs in which the better network has the larger number, % with 95% interval")
    save(figure, path)
