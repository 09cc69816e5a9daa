"""Texts among the tensors of a study."""

import torch
from torch import Tensor


def packed(text: str) -> Tensor:
    """(byte,) uint8."""
    return torch.tensor(list(text.encode()), dtype=torch.uint8)


def unpacked(note: Tensor) -> str:
    """The text again."""
    return bytes(note.tolist()).decode()
