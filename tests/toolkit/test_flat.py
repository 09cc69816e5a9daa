import torch
from torch.testing import assert_close

from interpbench.toolkit.flat import flatten, unflatten


def test_round_trip_whatever_the_order_of_names() -> None:
    params = {"z": torch.randn(2, 3), "a": torch.randn(4), "m.w": torch.randn(1, 2, 2)}
    vector = flatten(params)
    assert vector.shape == (14,)
    back = unflatten(vector, dict(reversed(params.items())))
    assert_close(back, dict(sorted(params.items())), rtol=0, atol=0)
