from interpbench.tracks.generalization.design import SIZES


def test_a_size_uses_no_more_than_the_next() -> None:
    smoke, quick = SIZES["smoke"], SIZES["quick"]
    assert smoke.splits <= quick.splits
    assert smoke.per_pool is not None
    assert quick.per_pool is not None
    assert smoke.per_pool <= quick.per_pool
    assert SIZES["standard"].per_pool is None
    assert quick.matched
    assert not smoke.matched  # too few to say anything
    assert smoke.seeds == 0  # too few to find a lucky one
