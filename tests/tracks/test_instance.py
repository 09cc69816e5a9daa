from interpbench.tracks.instance import Problem, Ref


def test_an_id_tells_task_and_place_and_nothing_else() -> None:
    ref = Ref(
        task="generalization/x",
        suite_seed="secret-seed",
        index=7,
        kind="contaminated",
        units=("mlp-memoriser@0.6",),
        group="mlp/0/contaminated",
        members=(("memoriser", "mlp-memoriser"),),
    )
    assert ref.id == "generalization/x#0007"


def test_a_problem_reads_as_a_sentence() -> None:
    assert str(Problem(where="x#0001", what="wanted 1, got 2")) == "x#0001: wanted 1, got 2"
