"""The reference is a loop over tokens."""

import pytest
import torch

from interpbench.tracks.scratchpad.layout import Layout
from interpbench.tracks.scratchpad.rules import prefixes, running


@pytest.mark.parametrize(
    ("terms", "steps", "ends"), [(6, 3, [2, 4, 6]), (5, 3, [2, 3, 5]), (4, 2, [2, 4]), (3, 3, [1, 2, 3])]
)
def test_steps_have_read_ever_more_and_at_last_all(terms: int, steps: int, ends: list[int]) -> None:
    assert prefixes(Layout(letters=2, terms=terms, steps=steps, values=2)) == ends


def test_steps_are_running_values() -> None:
    layout = Layout(letters=5, terms=6, steps=3, values=5)
    rule = running(layout, lambda x: x.cummax(dim=1).values, lambda steps: steps[:, 2] - steps[:, 0])
    inputs = torch.randint(5, (50, 6), generator=torch.Generator().manual_seed(0))
    stated = rule.state(inputs)
    for row, steps, answer in zip(inputs.tolist(), stated.tolist(), rule.conclude(stated).tolist(), strict=True):
        assert steps == [max(row[:2]), max(row[:4]), max(row)]
        assert answer == max(row) - max(row[:2])
