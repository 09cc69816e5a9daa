"""Small worlds of track features for tests of methods: sparse sums, clusters, rows without structure, a network."""

from functools import cache

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.forward import Params, initial
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.toolkit.controls import structureless
from interpbench.tracks.features.question import Wants, World

D, FEATURES, ACTIVE = 20, 30, 3
CONFIG = TransformerConfig(vocabulary=11, length=3, positions=(2,), classes=11, d_model=16, n_heads=2, d_mlp=32)
SITE = "blocks.0.hook_resid_post"


@cache
def sums(rows: int = 4000, asked: int = 500) -> tuple[World, Tensor]:
    """Sparse sums with a little noise, and the codes of the asked rows."""
    rng = generator("feature worlds", "sums")
    directions = F.normalize(torch.randn(FEATURES, D, generator=rng), dim=1)
    lot = torch.rand(rows + asked, FEATURES, generator=rng).argsort(dim=1) < ACTIVE
    codes = lot * (0.5 + torch.rand(lot.shape, generator=rng))
    x = 1 + codes @ directions + 0.02 * torch.randn(rows + asked, D, generator=rng)
    return _toy(x[:rows], x[rows:]), codes[rows:]


@cache
def clusters() -> World:
    """Rows around one direction each."""
    rng = generator("feature worlds", "clusters")
    centres = F.normalize(torch.randn(FEATURES, D, generator=rng), dim=1)
    noise = 0.1 * torch.randn(4500, D, generator=rng)
    x = centres[torch.randint(FEATURES, (4500,), generator=rng)] + noise
    return _toy(x[:4000], x[4000:])


@cache
def nothing() -> World:
    """The sums without their structure."""
    world, _ = sums()
    rows = structureless(torch.cat([world.shown, world.asked]), generator("feature worlds", "nothing"))
    return _toy(rows[:4000], rows[4000:])


def _toy(shown: Tensor, asked: Tensor) -> World:
    return World(wants=Wants.CODES, size=FEATURES, active=ACTIVE, shown=shown, asked=asked)


@cache
def network(*, planted: bool = True) -> tuple[World, Tensor]:
    """An untrained network, to whose states the parity of two tokens' sum is added along a direction, if planted.

    The truth at the asked rows comes with it.
    """
    rng = generator("feature worlds", "network")
    params: Params = initial(CONFIG, rng)
    tokens = torch.unique(torch.randint(11, (3000, 3), generator=rng), dim=0)
    tokens = tokens[torch.randperm(len(tokens), generator=rng)]
    truth = ((tokens[:, :1] + tokens[:, 1:2]) % 2).float()
    states = Network(CONFIG, params).activations(tokens, [SITE])[SITE][:, 2]
    if planted:
        states = states + 8 * float(states.std()) * truth * F.normalize(torch.randn(1, 16, generator=rng), dim=1)
    half = len(tokens) // 2
    world = World(
        wants=Wants.PREDICTIONS, size=32, active=4, shown=states[:half], asked=states[half:], variables=("parity",),
        labels=truth[:half], network=(CONFIG, params), site=SITE, position=2,
        domain=Domain(alphabets=(tuple(range(11)),) * 3, positions=(2,), classes=11),
        shown_tokens=tokens[:half], asked_tokens=tokens[half:],
    )  # fmt: skip
    return world, truth[half:]
