"""Seeds and identifiers come from hashing names, never from the order of calls."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
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


SALT = "INTERPBENCH_SALT"
"""Environment variable that salts every seed of this process; cells get no environment, and so no salt."""


def seed_of(*names: str | int) -> int:
    """A 63-bit seed from names: `seed_of("modular_addition", "split", 0)`; another one for each salt."""
    salt = os.environ.get(SALT)
    salted = (SALT, salt, *names) if salt else names
    return int(digest(*salted, size=8), 16) >> 1


@contextmanager
def salted(salt: str) -> Iterator[None]:
    """Salts every seed that is drawn from names meanwhile: recipes, data, starts, keys. Not for nesting.

    Load no task outside that was or will be used inside: what it drew is kept with it.

    Raises:
        ValueError: the salt is empty, or there is one already.
    """
    if not salt or os.environ.get(SALT):
        raise ValueError("an empty salt" if not salt else f"{SALT} is set already")
    os.environ[SALT] = salt
    try:
        yield
    finally:
        del os.environ[SALT]


def generator(*names: str | int) -> "torch.Generator":
    """A torch generator on the CPU, seeded from names; torch uses the lower 32 bits of the seed."""
    import torch

    return torch.Generator().manual_seed(seed_of(*names))


def numpy_generator(*names: str | int) -> "np.random.Generator":
    """A NumPy generator seeded from names; its permutations do not depend on the version of torch."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(seed_of(*names)))
