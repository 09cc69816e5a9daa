from collections.abc import Sequence
from dataclasses import replace

import torch
from feature_worlds import ACTIVE, CONFIG, SITE, network, sums
from torch import Tensor
from torch.testing import assert_close

from interpbench.bundle.tier import Tier
from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.toolkit.dictionaries import FITS
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.enter import Codes, Predicted, Superposed
from interpbench.tracks.features.with_dictionary import Coder, WithDictionary


class Coordinates(WithDictionary):
    """Raw coordinates; remembers what it was fitted to."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[Tensor], int, int]] = []

    def fit(self, sets: Sequence[Tensor], size: int, active: int, ctx: Context) -> list[Coder]:
        self.asked.append((list(sets), size, active))
        return [FITS["neurons"](rows, size, ctx.rng) for rows in sets]


def test_rows_that_stand_alone_are_held_against_rows_without_structure() -> None:
    world, _ = sums()
    method = Coordinates()
    found = method.codes(world, Context.seeded("d"))
    [([shown, control], size, active)] = method.asked
    assert isinstance(found, Codes)
    assert (size, active) == (world.size, ACTIVE)
    assert torch.equal(shown, world.shown)
    assert_close(torch.cov(control.T), torch.cov(shown.T), atol=0.03, rtol=0.1)
    assert not torch.allclose(control, shown, atol=0.1)


def test_what_a_network_holds_is_held_against_an_untrained_one_at_the_same_positions() -> None:
    world, _ = network()
    assert world.shown_tokens is not None
    at = torch.arange(len(world.shown)) % 3
    for each in (world, replace(world, position=None, shown_at=at)):
        method = Coordinates()
        assert isinstance(method.predict(each, Context.seeded("d")), Predicted)
        twin = Network(CONFIG, initial(CONFIG, Context.seeded("d").rng))
        held = twin.activations(world.shown_tokens, [SITE])[SITE]
        wanted = held[torch.arange(len(held)), each.positions()]
        assert_close(method.asked[0][0][1], wanted)
    assert isinstance(Coordinates().predict(world.cut(Tier.DATA), Context.seeded("d")), NotApplicable)


def test_one_code_and_all_of_them_are_compared() -> None:
    world, _ = sums()
    method = Coordinates()
    assert isinstance(method.superposed(world, Context.seeded("d")), Superposed)
    assert [active for _, _, active in method.asked] == [1, ACTIVE]


def test_the_stream_of_the_method_alone_decides() -> None:
    world, _ = sums()
    controls = []
    for name in ("d", "d", "e"):
        method = Coordinates()
        method.codes(world, Context(rng=generator(name)))
        controls.append(method.asked[0][0][1])
    assert torch.equal(controls[0], controls[1])
    assert not torch.equal(controls[0], controls[2])
