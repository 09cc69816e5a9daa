import re
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


def test_the_matched_split_has_a_section_with_its_gate_and_its_labels(table: pd.DataFrame, tmp_path: Path) -> None:
    rows = []
    for family in ("addition", "parity", "groups"):
        for pair in range(24):
            place = (family, "mlp", "matched", "random_start", f"s-g{pair % 4}", f"s-b{pair // 4}")
            side = 0.01 * (-1) ** bin(pair).count("1")
            rows += [
                (*place, f"copy: {name}", -0.3 * (1 + side), -0.3 * (1 - side))
                for name in ("norm", "loss", "margin", "confidence")
            ]
            rows += [(*place, "copy: energy-gap", -2.0, -1.0), (*place, "weight-norm", side, -side)]
            rows += [(*place, "train-loss", 2.0, 1.0), (*place, f"{METADATA}place in the zoo", 1.0, 0.0)]
    both = pd.concat([table, pd.DataFrame(rows, columns=list(COLUMNS))])
    page = write_audit(tmp_path, track="g", suite="s", provenance=WHERE, table=both, kept=KEPT)
    text = page.read_text()
    section = text.partition("## Matched split")[2].partition("\n## ")[0]
    assert "it does. 72 pairs" in section
    for name in ("norm", "loss", "margin", "confidence"):
        assert re.search(rf"\| {name} \| 50 \| \d+ to \d+ \| 2.0 \|", section)
    assert "| all | 72 | energy-gap 0 |" in section
    assert "| random_start | 72 | energy-gap 0 |" in section
    assert "copy" not in text
    fewer = both[(both["kind"] != "matched") | (both["family"] != "groups")]
    wanting = write_audit(tmp_path, track="g", suite="s", provenance=WHERE, table=fewer, kept=KEPT).read_text()
    assert "**not so** (48 pairs, wanted 60)" in wanting


def test_a_suite_without_such_pairs_has_no_section(table: pd.DataFrame, tmp_path: Path) -> None:
    page = write_audit(tmp_path, track="g", suite="s", provenance=WHERE, table=table, kept=KEPT)
    text = page.read_text()
    assert "Matched" not in text
    assert "\n\n\n" not in text


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
