"""What was published or piloted about circuits, held against a board.

`python tests/support/circuit_claims.py leaderboard/tables/quick-circuits.json` writes the page
`docs/reports/circuits-claims.md` to standard output. Nothing was chosen on the networks of suite `quick`.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from interpbench.report.cell import interval
from interpbench.report.text import caption
from interpbench.score.board import Board, TrackBoard

SOUND = (
    "edge-attribution/eap",
    "edge-attribution/eap-signed",
    "edge-attribution/ig-inputs",
    "edge-attribution/ig-activations",
    "exact-patching/single",
    "exact-patching/partners",
    "direct-logit-attribution",
    "subnetwork-probing",
    "acdc",
)
FIRST, PATH = "edge-attribution/eap", "edge-attribution/ig-inputs"
PAIRS = "exact-patching/partners"


@dataclass(frozen=True, kw_only=True)
class Check:
    """A claim in words, the rows that it is about with their figures, and whether it came out."""

    claim: str
    figures: str
    holds: bool


def checks(board: TrackBoard) -> list[Check]:
    """All claims that the board can test."""
    rows = {row.name: row for row in board.rows}

    def value(row: str, metric: str) -> float:
        found = rows[row].metrics[metric].value
        return float("nan") if found is None else found

    def told(names: Sequence[str], metric: str) -> str:
        return "; ".join(f"{name} {interval(rows[name].metrics[metric], True)}" for name in names)

    ranked = [row.name for row in board.rows if not (row.reference or row.bound)]
    best = max(ranked, key=lambda name: value(name, "hidden"))
    order = ("acdc", PATH, "subnetwork-probing", FIRST)
    return [
        *(
            Check(
                claim=f"{name} finds .99 or more on merged",
                figures=told([name], "merged"),
                holds=value(name, "merged") >= 0.99,
            )
            for name in SOUND
        ),
        Check(
            claim="first order is below a path on gadget",
            figures=told([FIRST, PATH], "gadget"),
            holds=value(FIRST, "gadget") < value(PATH, "gadget"),
        ),
        Check(
            claim="first order is below chance on gadget",
            figures=told([FIRST], "gadget"),
            holds=value(FIRST, "gadget") < 0,
        ),
        Check(
            claim="backups are found by scans of pairs (.99) and by nothing ranked (half of that)",
            figures=told([PAIRS, "exact-patching/single", best], "hidden"),
            holds=value(PAIRS, "hidden") >= 0.99 and value(best, "hidden") < 0.5,
        ),
        Check(
            claim="on strict: ACDC and a path above subnetwork probing above first order (Gupta et al. 2024)",
            figures=told(order, "strict"),
            holds=min(value("acdc", "strict"), value(PATH, "strict"))
            > value("subnetwork-probing", "strict")
            > value(FIRST, "strict"),
        ),
    ]


def page(board: Board) -> str:
    """In Markdown."""
    (track,) = board.tracks
    return "\n".join(
        [
            "# Claims about circuits",
            "",
            "Average precision of nodes over chance, in percent, with 95% intervals. Claims were written down before.",
            "",
            "| claim | figures | came out |",
            "|---|---|---|",
            *(f"| {one.claim} | {one.figures} | {'yes' if one.holds else 'no'} |" for one in checks(track)),
            "",
            caption(board),
            "",
        ]
    )


if __name__ == "__main__":
    print(page(Board.model_validate_json(Path(sys.argv[1]).read_bytes())), end="")
