"""Seeds and identifiers come from hashing names, never from the order of calls."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # listing plug-ins hashes names and must not pay for torch
    import numpy as np
    import torch


def digest(*parts: Any, size: int = 20) -> str:
    """Hex digest of a sequence of JSON-able parts or bytes; equal parts give equal digests on every machine.

    Args:
        parts: strings, numbers, lists, dicts (keys are sorted) or bytes.
        size: bytes of digest; the string is twice as long.
    """
    state = hashlib.blake2b(digest_size=size)
    for part in parts:
        encoded = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, allow_nan=False).encode()
        state.update(len(encoded).to_bytes(8, "big"))
        state.update(encoded)
    return state.hexdigest()


def seed_of(*names: str | int) -> int:
    """A 63-bit seed from names: `seed_of("modular_addition", "split", 0)`."""
    return int(digest(*names, size=8), 16) >> 1


def generator(*names: str | int) -> "torch.Generator":
    """A torch generator on the CPU, seeded from names; torch uses the lower 32 bits of the seed."""
    import torch

    return torch.Generator().manual_seed(seed_of(*names))


def numpy_generator(*names: str | int) -> "np.random.Generator":
    """A NumPy generator seeded from names; its permutations do not depend on the version of torch."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(seed_of(*names)))
