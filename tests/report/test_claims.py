from pathlib import Path

import numpy as np
import pandas as pd

from interpbench.report.claims import claims_section
from interpbench.score.audit import COLUMNS
from interpbench.tracks.claim import Claim
from interpbench.tracks.registry import TRACKS

CLAIM = Claim(name="It is larger", source="who says so", rows=("number", "unknown"), by="kind")


def pairs() -> pd.DataFrame:
    rows = []
    for family in ("addition", "parity", "copy", "sort"):
        for kind, lead in (("recipe", 1.0), ("rule", -1.0)):
            for better in range(4):
                for worse in range(4):
                    place = (family, "mlp", kind, "random_start", f"g{better}", f"b{worse}")
                    rows += [(*place, "number", lead, 0.0), (*place, "unknown", np.nan, np.nan)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_each_claim_is_a_table_of_groups_with_outcomes(tmp_path: Path) -> None:
    figure = tmp_path / "claims.svg"
    by_recipe = Claim(name="By recipe", source="who", rows=("number",), by="recipe")
    one, other = claims_section(pairs(), [CLAIM, by_recipe], ("recipe",), figure)
    assert one.groups["kind"].tolist() == ["recipe", "rule"]
    assert one.groups["pairs"].tolist() == [64, 64]
    assert [text.split()[-1] for text in one.groups["number"]] == ["holds", "fails"]
    assert one.groups["unknown"].tolist() == ["no scored cells"] * 2  # not available is never 0
    assert other.groups["pairs"].tolist() == [64]  # kinds outside of the headline are left out
    assert figure.read_bytes().startswith(b"<?xml")


def test_claims_about_rows_that_nobody_ran_are_left_out(tmp_path: Path) -> None:
    absent = Claim(name="Absent", source="who", rows=("absent",))
    assert claims_section(pairs(), [absent], ("recipe",), tmp_path / "claims.svg") == []
    assert not list(tmp_path.iterdir())


def test_shipped_claims_speak_about_rows_that_exist() -> None:
    from interpbench.plugins.discovery import methods

    known = {info.row(variant) for info in methods().values() for variant in info.card.variants}
    for entry in TRACKS.values():
        assert {row for claim in entry.load().claims for row in claim.rows} <= known
