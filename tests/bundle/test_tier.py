import pytest

from interpbench.bundle.tier import Tier


@pytest.mark.parametrize("place", range(4))
def test_a_tier_includes_itself_and_those_before_it_alone(place: int) -> None:
    tiers = [Tier.DATA, Tier.BEHAVIOUR, Tier.WEIGHTS, Tier.CHECKPOINTS]
    assert [tiers[place].includes(other) for other in tiers] == [i <= place for i in range(4)]
