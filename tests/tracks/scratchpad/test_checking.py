import pytest
import torch
from scratchpads import LAYOUT, transcripts

from interpbench.models.forward import initial
from interpbench.tracks.scratchpad.checking import moved
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.lessons import layers, one_layer

MASKED = (Kind.FORCED, Kind.HINT, Kind.DECORATIVE)


@pytest.mark.parametrize("kind", MASKED)
def test_a_masked_network_does_not_move_and_an_open_one_does(kind: Kind) -> None:
    tokens = transcripts(40).tokens
    for built, faults in ((kind, 0), (Kind.FREE, 1)):
        config = one_layer(built, LAYOUT, d_model=16, d_mlp=16)
        params = initial(config, torch.Generator().manual_seed(0), 2.0)
        assert len(moved(config, params, tokens, LAYOUT, kind)) == faults


def test_where_nothing_is_hidden_nothing_is_checked() -> None:
    config = one_layer(Kind.FREE, LAYOUT, d_model=16, d_mlp=16)
    params = initial(config, torch.Generator().manual_seed(0))
    assert moved(config, params, transcripts(5).tokens, LAYOUT, Kind.FREE) == []


def test_in_two_layers_what_the_steps_can_carry_is_no_fault_and_the_steps_themselves_are() -> None:
    tokens = transcripts(40).tokens
    for kind, built, faults in (
        (Kind.FORCED, Kind.FORCED, 0),
        (Kind.DECORATIVE, Kind.DECORATIVE, 0),
        (Kind.DECORATIVE, Kind.FREE, 1),
    ):
        config = layers(2, built, LAYOUT, d_model=16, d_mlp=16)
        params = initial(config, torch.Generator().manual_seed(0), 2.0)
        assert len(moved(config, params, tokens, LAYOUT, kind)) == faults
