import math

import pytest
import torch
from scratchpads import LAYOUT, transcripts

from interpbench.models.forward import initial
from interpbench.models.subject import Network
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.scratchpad.enter import Reading
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.lessons import one_layer
from interpbench_methods.scratchpad_scalars import ScratchpadScalars

CONFIG = one_layer(Kind.FREE, LAYOUT, d_model=16, d_mlp=16)
PARAMS = initial(CONFIG, torch.Generator().manual_seed(0))


def read(scale: float, only: str = "") -> Reading | NotApplicable:
    subject = Network(CONFIG, {name: value * scale for name, value in PARAMS.items()})
    method = ScratchpadScalars(only=only)
    return method.decides(subject, transcripts(9), torch.arange(4), LAYOUT, 0, Context.seeded("test"))


def test_it_is_the_norm_of_all_weights() -> None:
    found = read(1.0)
    assert isinstance(found, Reading)
    assert -100 * math.log(found.subject) == pytest.approx(
        float(torch.cat([v.flatten() for v in PARAMS.values()]).norm())
    )


@pytest.mark.parametrize("only", ["", "attn", "mlp"])
def test_small_weights_speak_for_the_steps(only: str) -> None:
    small, large = read(0.5, only), read(2.0, only)
    assert isinstance(small, Reading)
    assert isinstance(large, Reading)
    assert small.subject > large.subject


def test_a_part_that_there_is_not_is_said() -> None:
    assert isinstance(read(1.0, "nothing"), NotApplicable)
