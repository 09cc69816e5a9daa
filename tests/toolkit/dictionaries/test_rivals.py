import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch.testing import assert_close

from interpbench.models.names import generator
from interpbench.toolkit.dictionaries import FITS
from interpbench.toolkit.dictionary import explained_variance


def _rows(count: int = 400, d: int = 8, name: str = "rows") -> torch.Tensor:
    rng = generator(name)
    return 3 + torch.rand(count, d, generator=rng) @ torch.randn(d, d, generator=generator("mix"))


@pytest.mark.parametrize("name", FITS)
def test_more_latents_than_dimensions_and_parts(name: str) -> None:
    """A bug: factors could not begin where there were more of them than columns."""
    rows = _rows(100)
    assert int((FITS[name](rows, 40, generator("m")).codes(rows, 3) != 0).sum(dim=1).max()) <= 3


@pytest.mark.parametrize("name", FITS)
def test_no_more_codes_than_allowed_and_the_same_again(name: str) -> None:
    rows, held = _rows(), _rows(name="held")
    first, second = (FITS[name](rows, 6, generator("m")).codes(held, 2) for _ in range(2))
    assert first.shape == (400, len(first[0]))
    assert len(first[0]) <= 6
    assert int((first != 0).sum(dim=1).max()) <= 2
    assert torch.equal(first, second)


def test_principal_directions_explain_what_the_eigenvalues_say() -> None:
    rows = _rows()
    found = FITS["pca"](rows, 3, generator("m"))
    values = np.linalg.eigvalsh(np.cov(rows.numpy(), rowvar=False))[::-1]
    explained = float(explained_variance(rows[None], found.decode(found.codes(rows, 3))[None]))
    assert explained == pytest.approx(values[:3].sum() / values.sum(), abs=1e-5)


def test_independent_sources_are_found_with_their_sign() -> None:
    rng = generator("ica")
    sources = (torch.rand(3000, 4, generator=rng) < 0.15) * torch.rand(3000, 4, generator=rng)
    rows = sources @ torch.randn(4, 4, generator=rng)
    codes = FITS["ica"](rows, 4, generator("m")).codes(rows, 4)
    match = np.corrcoef(sources.numpy().T, codes.numpy().T)[:4, 4:]
    assert match.max(axis=1).min() > 0.9


def test_clusters_are_told_apart_and_one_fires() -> None:
    label = torch.randint(5, (500,), generator=generator("label"))
    centres = 10 * F.normalize(torch.randn(5, 8, generator=generator("centres")), dim=1)
    rows = centres[label] + 0.1 * torch.randn(500, 8, generator=generator("noise"))
    for name in ("kmeans", "pursuit"):
        codes = FITS[name](rows, 5, generator("m", 3)).codes(rows, 1)
        assert int((codes > 0).sum(dim=1).max()) == 1
        told = {(int(a), int(b)) for a, b in zip(label, codes.argmax(dim=1), strict=True)}
        assert len(told) <= 6  # one start of k-means may split one


def test_a_factor_writes_the_difference_of_its_halves() -> None:
    rows = _rows()
    found = FITS["nmf"](rows, 8, generator("m"))
    assert bool((found.codes(rows, 8) >= 0).all())
    assert 0.3 < float(explained_variance(rows[None], found.decode(found.codes(rows, 8))[None])) <= 1


def test_neurons_are_coordinates() -> None:
    rows = _rows()
    found = FITS["neurons"](rows, 8, generator("m"))
    assert_close(found.decode(found.codes(rows, 8)), rows)
    codes = found.codes(rows, 8)
    order = rows.var(dim=0).argsort(descending=True)
    assert_close(codes, (rows - rows.mean(dim=0))[:, order])


def test_random_directions_are_not_fitted() -> None:
    codes = [FITS["random"](rows, 6, generator("m")).atoms for rows in (_rows(), -_rows(name="other"))]
    assert torch.equal(*codes)
