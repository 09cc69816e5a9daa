"""Taking a secret out of what a cell left: a server may repeat a key in its complaint, and a method print that."""

import json
from dataclasses import replace

from interpbench.run.isolate.job import CellOutcome

SHORTEST = 8
"""Characters. What is shorter is no secret, and may be a word: servers that want no key are given `none`."""
MASK = "[key]"


def without(outcome: CellOutcome, secret: str) -> CellOutcome:
    """The outcome with `MASK` for the secret, in plain and as JSON writes it; logs and reasons may be cut within it."""
    if len(secret) < SHORTEST:
        return outcome
    return replace(
        outcome,
        reason=masked(outcome.reason, secret),
        log=masked(outcome.log, secret),
        files={name: _masked_bytes(content, secret) for name, content in outcome.files.items()},
    )


def masked(text: str, secret: str) -> str:
    """The text without the secret, nor a long part of it at either end."""
    for written in _written(secret):
        text = text.replace(written, MASK)
        for length in range(len(written) - 1, SHORTEST - 1, -1):
            if text.startswith(written[-length:]):
                text = MASK + text[length:]
            if text.endswith(written[:length]):
                text = text[:-length] + MASK
    return text


def _masked_bytes(content: bytes, secret: str) -> bytes:
    for written in _written(secret):
        content = content.replace(written.encode(), MASK.encode())
    return content


def _written(secret: str) -> set[str]:
    return {secret, json.dumps(secret)[1:-1]}
