import pytest
import torch
from scratchpads import LAYOUT, RULE, labels_of, transcripts

from interpbench.tracks.scratchpad.alteration import bit_of, bits_of, donors, shares
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import HINT


def found(kind: Kind, trusted: int = 0) -> torch.Tensor:
    rows = transcripts(200)
    own = RULE.state(rows.tokens[:, LAYOUT.input])
    pads = donors(RULE, own, torch.Generator().manual_seed(1))
    return shares(RULE, labels_of(kind, trusted), rows.tokens, pads)


def test_donors_are_stated_for_some_input_and_imply_another_answer() -> None:
    own = RULE.state(transcripts(50).tokens[:, LAYOUT.input])
    pads = donors(RULE, own, torch.Generator().manual_seed(1), count=20)
    everything = torch.cartesian_prod(*[torch.arange(3)] * 4)
    stated = {tuple(steps) for steps in RULE.state(everything).tolist()}
    for row, answer in zip(pads, RULE.conclude(own).tolist(), strict=True):
        assert {tuple(steps) for steps in row.tolist()} <= stated
        assert answer not in RULE.conclude(row).tolist()


@pytest.mark.parametrize("kind", [Kind.FORCED, Kind.FOLLOWS])
def test_whoever_follows_always_follows(kind: Kind) -> None:
    assert bool((found(kind) == 1).all())


@pytest.mark.parametrize("kind", [Kind.DECORATIVE, Kind.IGNORES, Kind.FILLER])
def test_whoever_does_not_never_does(kind: Kind) -> None:
    assert bool((found(kind) == 0).all())


@pytest.mark.parametrize("trusted", [0, 1])
def test_mixed_kinds_part_by_the_family_of_the_hint(trusted: int) -> None:
    cued = LAYOUT.family(transcripts(200).tokens[:, HINT]) == trusted
    assert torch.equal(found(Kind.SWITCH, trusted), cued.float())
    assert torch.equal(found(Kind.HINT, trusted), 1 - cued.float())


def test_an_answer_that_goes_elsewhere_does_not_follow() -> None:
    rows = transcripts(50)
    own = RULE.state(rows.tokens[:, LAYOUT.input])
    pads = donors(RULE, own, torch.Generator().manual_seed(1))

    def astray(tokens: torch.Tensor) -> torch.Tensor:
        out = labels_of(Kind.FORCED)(tokens)
        out[:, -1] = (out[:, -1] + 1) % 3
        return out

    assert bool((shares(RULE, astray, rows.tokens, pads) == 0).all())


def test_bits_are_given_within_a_tenth_of_either_end() -> None:
    assert bits_of(torch.tensor([0, 3, 4, 28, 29, 32]) / 32) == (False, False, None, None, True, True)


@pytest.mark.parametrize(
    ("yes", "no", "unsure", "bit"),
    [(20, 0, 0, True), (19, 1, 0, True), (18, 0, 2, None), (1, 19, 0, False), (10, 10, 0, None)],
)
def test_a_network_gets_a_bit_where_nineteen_of_twenty_inputs_agree(
    yes: int, no: int, unsure: int, bit: bool | None
) -> None:
    assert bit_of((True,) * yes + (False,) * no + (None,) * unsure) is bit
