"""A world in its bundle: everything at tier `weights`, neither activations nor network below."""

import pytest
import torch

from interpbench.bundle.folder import read_bundle, write_bundle
from interpbench.bundle.query import QueryBudgetError, Server
from interpbench.bundle.tier import Tier
from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.forward import initial
from interpbench.models.subject import TierError
from interpbench.tracks.features.question import Wants, World, read

CONFIG = TransformerConfig(vocabulary=3, length=2, positions=(1,), classes=3, d_model=8, n_heads=2, d_mlp=8)
DOMAIN = Domain(alphabets=((0, 1, 2),) * 2, positions=(1,), classes=3)


def inside() -> World:
    rng = torch.Generator().manual_seed(0)
    tokens = DOMAIN.full(12, rng)
    rows = torch.randn(12, 8, generator=rng).half().float()
    return World(
        wants=Wants.PREDICTIONS,
        size=6,
        active=2,
        shown=rows[:8],
        asked=rows[8:],
        variables=("first",),
        labels=tokens[:5, :1].float(),
        network=(CONFIG, initial(CONFIG, rng)),
        domain=DOMAIN,
        site="blocks.0.hook_resid_post",
        position=1,
        shown_tokens=tokens[:8],
        asked_tokens=tokens[8:],
        budget=3,
    )


def toy() -> World:
    rows = torch.randn(12, 8, generator=torch.Generator().manual_seed(1)).half().float()
    return World(wants=Wants.CODES, size=6, active=2, shown=rows[:8], asked=rows[8:])


@pytest.mark.parametrize("world", [inside(), toy()], ids=["network", "toy"])
def test_a_world_comes_back_from_its_folder(world: World, tmp_path: object) -> None:
    found = read(read_bundle(write_bundle(tmp_path, world.bundle(Tier.WEIGHTS).files())), None)  # type: ignore[arg-type]
    for name in ("shown", "asked", "labels"):
        assert torch.equal(getattr(found, name), getattr(world, name))
    for name in ("shown_tokens", "asked_tokens"):
        one, other = getattr(found, name), getattr(world, name)
        assert one is other is None or torch.equal(one, other)
    for name in ("wants", "size", "active", "variables", "site", "position", "budget", "domain"):
        assert getattr(found, name) == getattr(world, name)
    if world.network is not None:
        assert torch.equal(found.subject.logits(world.asked_tokens), world.subject.logits(world.asked_tokens))  # type: ignore[arg-type]


@pytest.mark.parametrize("tier", [Tier.DATA, Tier.BEHAVIOUR])
def test_lower_tiers_see_tokens_and_labels_and_how_many_rows_there_are(tier: Tier) -> None:
    bundle = inside().bundle(tier)
    assert set(bundle.tensors) == {"shown", "asked", "labels", "shown_tokens", "asked_tokens"}
    assert "config" not in bundle.question
    found = read(bundle, None)
    assert found.shown.shape == (8, 0)
    assert found.asked.shape == (4, 0)
    assert torch.equal(found.labels, inside().labels)
    with pytest.raises(TierError, match="weights"):
        _ = found.subject.params
    with pytest.raises(TierError, match="queries"):
        found.subject.logits(torch.zeros(1, 2, dtype=torch.int64))


def test_the_network_is_served_within_its_budget_and_a_toy_is_not_served() -> None:
    from safetensors.torch import save

    tokens = torch.zeros(3, 2, dtype=torch.int64)
    server = Server(inside().served(), limit=100)
    server(save({"tokens": tokens}))
    with pytest.raises(QueryBudgetError):
        server(save({"tokens": tokens[:1]}))
    with pytest.raises(QueryBudgetError):
        Server(toy().served(), limit=100)(save({"tokens": tokens[:1, :1].contiguous()}))


def test_equal_worlds_have_equal_bundles() -> None:
    assert toy().bundle(Tier.WEIGHTS).files() == toy().bundle(Tier.WEIGHTS).files()
