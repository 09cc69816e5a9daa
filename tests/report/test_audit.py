from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from interpbench.report.audit import METADATA, heat_map, markdown, write_audit
from interpbench.score.audit import COLUMNS

FEATURES = ("weight-norm", "train-loss", "never-answered", f"{METADATA}place in the zoo")
KEPT = pd.DataFrame([("addition", "mlp", "recipe", 7, 9)], columns=["family", "stratum", "role", "kept", "tried"])
WHERE = {"interpbench": "0.1", "commit": "0123456789abcdef", "python": "3.11", "machine": "Linux x86_64"}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for family in ("addition", "parity"):
        for kind, recipe in (("recipe", "no_weight_decay"), ("recipe", "random_start"), ("rule", "random_rule")):
            for better in range(3):
                for worse in range(4):
                    place = (family, "mlp", kind, recipe, f"{recipe}-g{better}", f"{recipe}-b{worse}")
                    turned = -1.0 if recipe == "random_start" else 1.0
                    rows.append((*place, "weight-norm", 9.0 + better, float(worse)))
                    rows.append((*place, "train-loss", turned * (9.0 + better), turned * worse))
                    rows.append((*place, "never-answered", np.nan, np.nan))
                    rows.append((*place, FEATURES[3], *rng.normal(size=2)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_the_page_says_what_solves_what_and_what_turns(table: pd.DataFrame, tmp_path: Path) -> None:
    page = write_audit(
        tmp_path / "new", track="generalization", suite="quick 1.0", provenance=WHERE, table=table, kept=KEPT
    )
    text = page.read_text()
    assert "suite quick 1.0" in text
    assert "| recipe | 48 | 16 | weight-norm |" in text  # twice four worse networks of each of two recipes
    assert "| rule | 24 | 8 | weight-norm, train-loss |" in text
    assert "| train-loss | random_start | 0 | no_weight_decay | 100 |" in text
    assert "| addition | mlp | recipe | 7 | 9 |" in text
    assert {path.name for path in page.parent.iterdir()} == {
        "generalization.md",
        "generalization-kinds.svg",
        "generalization-families.svg",
    }
    assert all(f"({name})" in text for name in ("generalization-kinds.svg", "generalization-families.svg"))
    assert "nan" not in text
    assert METADATA not in text.partition("## Metadata")[0]


def test_the_same_table_gives_the_same_bytes(table: pd.DataFrame, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_audit(tmp_path / name, track="t", suite="s", provenance=WHERE, table=table, kept=KEPT)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_heat_map_prints_whole_per_cent_and_leaves_gaps_blank(tmp_path: Path) -> None:
    groups = pd.DataFrame({"kind": ["recipe"], "norm": [0.123], "loss": [np.nan]})
    heat_map(groups, "kind", ["norm", "loss"], "AUROC %", tmp_path / "one.svg")
    assert (tmp_path / "one.svg").read_text().count("<!-- 12 -->") == 1
    assert "nan" not in (tmp_path / "one.svg").read_text()


def test_a_table_aligns_numbers_and_rounds_shares() -> None:
    assert markdown(pd.DataFrame({"a": ["x"], "n": [3], "share": [0.456]}), ["share"]).splitlines() == [
        "| a | n | share |",
        "|---|---:|---:|",
        "| x | 3 | 46 |",
    ]
