"""On random networks, whose masks say what must come out; and against the sum that attention writes."""

import pytest
import torch
from scratchpads import LAYOUT, transcripts

from interpbench.models.forward import initial
from interpbench.models.subject import Network
from interpbench.tracks.context import Context
from interpbench.tracks.scratchpad.enter import Reading
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.lessons import one_layer
from interpbench_methods.attention_reading import AttentionReading
from interpbench_methods.attention_reading.measures import MEASURES, carried

ROWS = transcripts(30)


def network(kind: Kind) -> Network:
    config = one_layer(kind, LAYOUT, d_model=16, d_mlp=16)
    rng = torch.Generator().manual_seed(0)
    params = initial(config, rng, 2.0)
    return Network(
        config, {name: v if v.ndim > 1 else torch.randn(v.shape, generator=rng) for name, v in params.items()}
    )


@pytest.mark.parametrize("measure", ["mass", "norm"])
@pytest.mark.parametrize(("kind", "share"), [(Kind.FORCED, 1.0), (Kind.DECORATIVE, 0.0)])
def test_the_mask_leaves_one_source(measure: str, kind: Kind, share: float) -> None:
    found = MEASURES[measure](network(kind), ROWS, LAYOUT)
    assert found.tolist() == pytest.approx([share] * len(ROWS))


@pytest.mark.parametrize(("kind", "share"), [(Kind.FORCED, 1.0), (Kind.DECORATIVE, 0.0)])
def test_cutting_what_is_not_seen_costs_nothing(kind: Kind, share: float) -> None:
    found = MEASURES["cut"](network(kind), ROWS, LAYOUT)
    assert set(found.tolist()) <= {share, 0.5}  # .5 where cutting what is seen raises the answer's probability
    assert share in found.tolist()


def test_mass_is_the_softmax_of_queries_and_keys() -> None:
    subject = network(Kind.FREE)
    params, d_head = subject.params, 4
    resid = params["tok_embed.weight"][ROWS.tokens] + params["pos.weight"]
    query, key = (
        resid @ params[f"layers.0.attn.{part}.weight"].T + params[f"layers.0.attn.{part}.bias"] for part in "qk"
    )
    want = torch.zeros(len(ROWS), LAYOUT.length)
    for head in range(4):
        some = slice(head * d_head, (head + 1) * d_head)
        scores = torch.einsum("rd,rkd->rk", query[:, LAYOUT.last, some], key[:, :, some]) / d_head**0.5
        want += scores.softmax(dim=1)
    steps, rest = want[:, LAYOUT.pad].sum(dim=1), want[:, : LAYOUT.pad.start].sum(dim=1)
    assert torch.allclose(MEASURES["mass"](subject, ROWS, LAYOUT), steps / (steps + rest), atol=1e-5)


def test_what_is_carried_sums_to_what_attention_writes() -> None:
    subject = network(Kind.HINT)
    names = ["blocks.0.hook_resid_pre", "blocks.0.hook_resid_mid"]
    found = subject.activations(ROWS.tokens, names)
    written = (found[names[1]] - found[names[0]])[:, LAYOUT.last] - subject.params["layers.0.attn.o.bias"]
    assert torch.allclose(carried(subject, ROWS, LAYOUT).sum(dim=1), written, atol=1e-4)


def test_inputs_are_answered_in_the_order_in_which_they_are_asked() -> None:
    asked, method = torch.tensor([7, 2, 11]), AttentionReading(measure="norm")
    subject = network(Kind.FREE)
    found = method.decides(subject, ROWS, asked, LAYOUT, 0, Context.seeded("test"))
    assert isinstance(found, Reading)
    assert list(found.inputs) == pytest.approx(MEASURES["norm"](subject, ROWS, LAYOUT)[asked].tolist())


def test_a_measure_that_there_is_not_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="mass"):
        AttentionReading(measure="mas")
