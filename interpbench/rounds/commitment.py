"""The commitment: one hash over salt, networks, keys and what came in until when, published before any plug-in runs.

Whoever holds them can compute it, and nobody who has seen it can change one of them unnoticed. The salt has 256 random
bits, so that the hash tells nothing about it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from interpbench.models.names import digest


class Commitment(BaseModel):
    """What a round was bound to when it closed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    """Over everything: `bound`."""
    salt: str
    """SHA-256 of the salt."""
    zoos: dict[str, str]
    """Task -> SHA-256 of its zoo's manifest, which names the hash of the weights."""
    keys: dict[str, str]
    """Task -> digest of all its keys."""
    terms: dict[str, str]
    """When it opened and closed -> times in UTC; `submission NAME` -> SHA-256 of the bundle that was handed in."""


def commit(salt: str, zoos: Mapping[str, str], keys: Mapping[str, str], terms: Mapping[str, str]) -> Commitment:
    """The commitment to a salt, to networks, to keys and to terms."""
    return Commitment(
        sha256=bound(salt, zoos, keys, terms),
        salt=hashlib.sha256(salt.encode()).hexdigest(),
        zoos=dict(sorted(zoos.items())),
        keys=dict(sorted(keys.items())),
        terms=dict(sorted(terms.items())),
    )


def bound(salt: str, zoos: Mapping[str, str], keys: Mapping[str, str], terms: Mapping[str, str]) -> str:
    """SHA-256 over the salt, over task and hash of every zoo and of every task's keys, and terms, each on a line."""
    lines = [f"salt {salt}"]
    lines += [f"zoo {task} {zoos[task]}" for task in sorted(zoos)]
    lines += [f"keys {task} {keys[task]}" for task in sorted(keys)]
    lines += [f"term {name} {terms[name]}" for name in sorted(terms)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def keys_digest(keys: Sequence[Mapping[str, Any]]) -> str:
    """Of a task's keys, as JSON-able data, in the order of its instances."""
    return digest([dict(key) for key in keys], size=32)
