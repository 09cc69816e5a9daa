import pytest
import torch
from scratchpads import LAYOUT, transcripts

from interpbench.models.config import MLPConfig
from interpbench.models.subject import Network
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.scratchpad.enter import Reading
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.lessons import one_layer
from interpbench_methods.mask_reading import MaskReading


@pytest.mark.parametrize(
    ("kind", "said"),
    [(Kind.FORCED, 1.0), (Kind.DECORATIVE, 0.0), (Kind.HINT, 1.0), (Kind.FREE, 0.5), (Kind.IGNORES, 0.5)],
)
def test_it_says_what_the_mask_hides(kind: Kind, said: float) -> None:
    subject = Network(one_layer(kind, LAYOUT, d_model=16, d_mlp=16), {})  # no weight is looked at
    found = MaskReading().decides(subject, transcripts(9), torch.arange(4), LAYOUT, 0, Context.seeded("test"))
    assert isinstance(found, Reading)
    assert found.subject == said
    assert list(found.inputs) == [said] * 4


def test_what_has_no_mask_is_not_its_business() -> None:
    subject = Network(MLPConfig(vocabulary=3, length=2, positions=(1,), classes=3), {})
    found = MaskReading().decides(subject, transcripts(9), torch.arange(4), LAYOUT, 0, Context.seeded("test"))
    assert isinstance(found, NotApplicable)
