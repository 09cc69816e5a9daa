"""Every method that ships keeps the contract of plug-ins."""

import pytest

from interpbench.plugins.contract.methods import check_method
from interpbench.plugins.discovery import MethodInfo, methods


@pytest.mark.parametrize("info", methods().values(), ids=lambda info: info.name)
def test_the_contract(info: MethodInfo) -> None:
    assert check_method(info) == []


@pytest.mark.parametrize("info", methods().values(), ids=lambda info: info.name)
def test_the_card(info: MethodInfo) -> None:
    card = info.card
    assert card.title
    assert card.summary
    assert card.references
    assert card.tuned, "say what was tuned, and on what; `Nothing.` is an answer"
    assert (info.folder / "README.md").exists()


DEV = {
    "generalization": {"dev 1.1"},
    "extraction": {"dev 1.3"},
    "scratchpad": {"dev 1.3"},
    "circuits": {"dev 1.5"},
    "features": {"dev 1.4", "dev 1.5"},
}
"""Versions 1.2 and 1.4 of suite dev added the tasks of two tracks each, 1.5 rungs of circuits; none changed a task."""


@pytest.mark.parametrize("info", methods().values(), ids=lambda info: info.name)
def test_every_variant_is_calibrated_on_dev(info: MethodInfo) -> None:
    if info.card.requires:
        pytest.skip("needs extra packages")
    for track in info.tracks:
        calibration = info.card.calibration.get(track, {})
        assert set(calibration) == {variant or "default" for variant in info.card.variants}
        assert {row["suite"] for row in calibration.values()} <= DEV[track]
