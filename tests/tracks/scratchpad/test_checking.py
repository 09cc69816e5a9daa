import pytest
import torch
from scratchpads import LAYOUT, transcripts

from interpbench.models.forward import initial
from interpbench.tracks.scratchpad.checking import moved
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.lessons import one_layer

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
