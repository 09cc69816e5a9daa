import torch
from torch.testing import assert_close

from interpbench.models.config import TransformerConfig
from interpbench.models.forward import initial
from interpbench.models.names import generator
from interpbench.models.subject import Network
from interpbench.toolkit.controls import structureless, untrained


def _sums(rows: int = 20_000) -> torch.Tensor:
    rng = generator("rows")
    on = (torch.rand(rows, 12, generator=rng) < 0.1).float()
    return 2 + on @ torch.randn(12, 6, generator=rng)


def test_moments_and_lengths_stay_and_structure_goes() -> None:
    rows = _sums()
    found = structureless(rows, generator("control"))
    assert_close(found.mean(dim=0), rows.mean(dim=0), atol=0.05, rtol=0)
    assert_close(torch.cov(found.T), torch.cov(rows.T), atol=0.05, rtol=0.05)

    def white(some: torch.Tensor) -> torch.Tensor:
        values, vectors = torch.linalg.eigh(torch.cov(rows.T))
        found: torch.Tensor = (some - rows.mean(dim=0)) @ vectors / values.sqrt()
        return found

    lengths = [torch.linalg.vector_norm(white(some), dim=1).sort().values for some in (rows, found)]
    assert_close(lengths[1], lengths[0], atol=1e-3, rtol=1e-3)
    distinct = [len(torch.unique((some * 1e4).round(), dim=0)) for some in (rows, found)]
    assert distinct[0] < 2000
    assert distinct[1] == len(rows)


def test_dimensions_that_are_not_used_stay_unused() -> None:
    rows = torch.cat([_sums(500), torch.full((500, 2), 7.0)], dim=1)
    assert_close(structureless(rows, generator("control"))[:, 6:], rows[:, 6:], atol=1e-4, rtol=0)


def test_an_untrained_network_is_read_where_the_rows_were() -> None:
    config = TransformerConfig(vocabulary=5, length=4, positions=(3,), classes=5, d_model=8, n_heads=2, d_mlp=12)
    tokens = torch.randint(5, (30, 4), generator=generator("tokens"))
    at = torch.arange(30) % 4
    for site, width in (("blocks.0.hook_resid_post", 8), ("blocks.0.attn.hook_z", 8)):
        found = untrained(config, site, tokens, at, generator("twin"))
        network = Network(config, initial(config, generator("twin")))
        whole = network.activations(tokens, [site])[site].flatten(2)
        assert found.shape == (30, width)
        for row in range(30):
            assert_close(found[row], whole[row, at[row]])
