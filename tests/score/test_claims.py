import numpy as np
import pandas as pd
import pytest

from interpbench.score.audit import COLUMNS
from interpbench.score.claims import FAILS, HOLDS, OPEN, examine, outcome
from interpbench.score.interval import Estimate, not_available

LEADS = {"recipe": 1, "fraction": -1, "seed": 0}
"""Kind -> which of the two has the larger number; at 0 it is drawn."""


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for family in ("addition", "parity", "copy", "sort"):
        for kind, lead in LEADS.items():
            for better in range(4):
                for worse in range(4):
                    place = (family, "mlp", kind, "random_start", f"{kind}-g{better}", f"{kind}-b{worse}")
                    rows.append((*place, "number", float(lead or rng.choice([-1, 1])), 0.0))
                    rows.append((*place, "other", 0.0, 0.0))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_a_claim_holds_where_the_better_network_leads_and_fails_where_the_worse_one_does(table: pd.DataFrame) -> None:
    found = examine(table, ["number"], "kind", np.random.default_rng(1))
    assert {kind: outcome(one["number"]) for kind, one in found.items()} == {
        "recipe": HOLDS,
        "fraction": FAILS,
        "seed": OPEN,
    }
    assert {kind: one["number"].n for kind, one in found.items()} == dict.fromkeys(LEADS, 64)
    assert set(found["recipe"]) == {"number"}


def test_ties_say_nothing(table: pd.DataFrame) -> None:
    found = examine(table, ["other"], "kind", np.random.default_rng(1))
    assert {one["other"].value for one in found.values()} == {0.5}
    assert {outcome(one["other"]) for one in found.values()} == {OPEN}


def test_turning_the_number_turns_the_outcome(table: pd.DataFrame) -> None:
    turned = table.rename(columns={"better_value": "worse_value", "worse_value": "better_value"})[list(COLUMNS)]
    found = examine(turned, ["number"], "kind", np.random.default_rng(1))
    assert outcome(found["recipe"]["number"]) == FAILS
    assert outcome(found["fraction"]["number"]) == HOLDS


def test_one_family_is_judged_by_its_networks(table: pd.DataFrame) -> None:
    found = examine(table[table["kind"] == "recipe"], ["number"], "family", np.random.default_rng(1))
    assert {one["number"].families for one in found.values()} == {1}
    assert {outcome(one["number"]) for one in found.values()} == {OPEN}  # four networks of a class cannot exclude 50


def test_without_an_interval_nothing_is_decided() -> None:
    assert outcome(not_available("no scored cells")) == OPEN
    assert outcome(Estimate(value=0.7, low=0.5, high=0.9, n=9, families=3)) == OPEN
