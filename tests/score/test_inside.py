"""Kinds and tasks: who scores what there, and who was chosen beforehand."""

from boards import blind, board, entry, knows, refs

from interpbench.report.table import inside_table, kind_table
from interpbench.score.inside import Group
from interpbench.tracks.instance import Ref


def wrong(ref: Ref, unit: str) -> float:
    return -knows(ref, unit)


def here(made: object) -> dict[str, Group]:
    return {group.name: group for group in made.tracks[0].groups}  # type: ignore[attr-defined]


def test_a_row_that_is_right_in_one_kind_alone_scores_there_alone() -> None:
    where = refs()
    on_seed = entry("on-seed", lambda ref, unit: knows(ref, unit) if ref.kind == "seed" else 0.0, where, dev_score=0.9)
    made = board(entry("rival", blind, where, rival=True, dev_score=0.8), on_seed)
    groups = here(made)
    assert groups["seed"].scores["on-seed"] == 1
    assert groups["recipe"].scores["on-seed"] == 0.5
    difference = groups["seed"].difference
    assert difference is not None
    assert difference.value == 0.5
    assert made.tracks[0].inside == "on-seed"


def test_tasks_have_scores_of_their_own() -> None:
    where = refs()
    one = where[0].task
    only = entry("only", lambda ref, unit: (knows if ref.task == one else wrong)(ref, unit), where, dev_score=0.9)
    groups = here(board(entry("rival", blind, where, rival=True, dev_score=0.8), only))
    scores = {name: group.scores["only"] for name, group in groups.items() if group.by == "task"}
    assert scores == {task: float(task == one) for task in {ref.task for ref in where}}
    assert sum(group.cells for group in groups.values() if group.by == "task") == sum(
        group.cells for name, group in groups.items() if name in {"recipe", "fraction", "seed"}
    )


def test_the_pair_is_chosen_on_dev_and_not_here() -> None:
    where = refs()
    made = board(
        entry("lucky", knows, where, dev_score=0.6),
        entry("solid", blind, where, dev_score=0.9),
        entry("rival", knows, where, rival=True, dev_score=0.8),
    )
    assert made.tracks[0].inside == "solid"
    table = inside_table(made.tracks[0])
    row = dict(zip((column.key for column in table.columns), table.rows[0], strict=True))
    assert (row["rival"], row["inside"], row["best_inside"], row["solved"]) == ("100", "50", "lucky 100", "yes")


def test_without_an_inside_method_there_is_no_difference() -> None:
    where = refs()
    made = board(entry("rival", knows, where, rival=True, dev_score=0.8))
    assert made.tracks[0].inside is None
    assert all(group.difference is None for group in made.tracks[0].groups)
    assert inside_table(made.tracks[0]).rows[0][7] == "n/a"


def test_the_table_by_kind_has_intervals_and_the_same_values() -> None:
    where = refs()
    made = board(entry("oracle", knows, where, bound=True), entry("method", knows, where)).tracks[0]
    table = kind_table(made)
    row = dict(zip((column.key for column in table.columns), table.rows[1], strict=True))
    assert row["method"] == "method"
    assert row["seed"].startswith("100 [")
    assert table.rows[0][1] == "100"
