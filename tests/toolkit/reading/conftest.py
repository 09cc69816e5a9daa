"""A network whose rule is known without training: a subject that computes a theory."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from interpbench.models.config import ModelConfig
from interpbench.models.data import Domain
from interpbench.models.forward import Params
from interpbench.models.subject import Subject
from interpbench.theory import parse

LETTERS, LENGTH = 6, 8


class Computed(Subject):
    """Logits are the one-hot answers of a theory, plus a little that depends on one token so that margins differ."""

    def __init__(self, text: str, classes: int) -> None:
        self.theory, self.classes = parse(f"def rule(x): return {text}"), classes

    def logits(self, tokens: Tensor) -> Tensor:
        labels = torch.from_numpy(self.theory.run_many(tokens.numpy()).integers())
        margin = 1 + 0.1 * tokens[:, :1] / LETTERS
        return (F.one_hot(labels, self.classes) * margin)[:, None].float()

    @property
    def config(self) -> ModelConfig:
        return self._none()

    @property
    def params(self) -> Params:
        return self._none()

    @property
    def module(self) -> Any:
        return self._none()

    @property
    def sites(self) -> tuple[str, ...]:
        return self._none()

    @property
    def earlier(self) -> Sequence[Subject]:
        return ()

    def activations(self, tokens: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
        del tokens, names
        return self._none()

    def _none(self) -> NoReturn:
        raise AssertionError("narrowing asks for answers alone")


@pytest.fixture
def computed() -> Callable[[str, int], tuple[Subject, Domain]]:
    def make(text: str, classes: int) -> tuple[Subject, Domain]:
        domain = Domain(alphabets=(tuple(range(LETTERS)),) * LENGTH, positions=(LENGTH - 1,), classes=classes)
        return Computed(text, classes), domain

    return make
