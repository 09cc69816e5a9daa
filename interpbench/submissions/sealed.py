"""No key inside: what only the sealed part of a store holds must be nowhere in a bundle.

The public suites' keys can be worked out by anybody who has the networks, so this protects hosted rounds, and authors
from packing what they did not mean to.
"""

import importlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from interpbench.tracks.registry import TRACKS

FIELD = re.compile(r"""["'](\w{1,40})\\*["']\s*:""")
"""A field in quotes, which may be escaped. A match begins at a quote and nowhere else, and no run of signs is looked at
from more than one of them: time grows with the text and no faster, whatever a stranger writes."""
DEEPEST = 12
"""JSON within strings within JSON is looked into so many times."""


@cache
def sealed_shapes() -> dict[str, frozenset[str]]:
    """Name of a key's class -> the fields that each such key has."""
    shapes = {}
    for track in TRACKS:
        module = importlib.import_module(f"interpbench.tracks.{track}.key")
        for name, kind in vars(module).items():
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == module.__name__:
                shapes[name] = frozenset(field for field, about in kind.model_fields.items() if about.is_required())
    return shapes


def sealed_in(content: str) -> str | None:
    """Which key a text holds, as JSON at any depth or as something that looks like it; None if there is none."""
    documents = [_json(content)] if content.lstrip().startswith(("{", "[")) else []
    found = next((name for document in documents for name in _within(document, 0)), None)
    lines = (line.strip() for line in content.splitlines() if not found)
    documents_of_lines = (_json(line) for line in lines if line[:1] == "{" and line[-1:] == "}" and ":" in line)
    found = found or next((name for document in documents_of_lines for name in _within(document, 0)), None)
    return found or next(_looks_like(content), None)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _within(value: Any, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        yield from _shaped(value)
        yield from (name for part in value.values() for name in _within(part, depth + 1))
    elif isinstance(value, list):
        parts = (part for part in value if not isinstance(part, int | float))  # lists of numbers fill answers
        yield from (name for part in parts for name in _within(part, depth + 1))
    elif isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        yield from _within(_json(value), depth + 1)


def _shaped(fields: Iterable[str]) -> Iterator[str]:
    have = set(fields)
    yield from (name for name, needed in sealed_shapes().items() if needed <= have)


def _looks_like(text: str) -> Iterator[str]:
    """A key in a text that is no JSON: all its fields, each in quotes and before a colon."""
    named = set(FIELD.findall(text))
    yield from (name for name, needed in sealed_shapes().items() if needed <= named and len(needed) > 1)
