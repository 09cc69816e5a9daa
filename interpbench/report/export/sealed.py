"""Whether a sealed key shows in what is about to be published."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

STATED = frozenset({"wants", "size", "active", "alphabets", "classes"})
"""Fields of keys that questions state as well: judging needs them beside the truth."""
TELLING = 24
"""Text of this length, as JSON, is nowhere by chance."""


def leaks(public: Any, key: Mapping[str, Any]) -> list[str]:
    """Fields of a key that show in a public document: under their own name, or word for word under any other.

    Args:
        public: anything of JSON.
        key: a sealed key as JSON.
    """
    named: dict[str, set[str]] = {}
    texts: set[str] = set()
    for name, value in _parts(public):
        text = json.dumps(value, sort_keys=True)
        named.setdefault(name, set()).add(text)
        texts.add(text)
    found = []
    for field, value in key.items():
        text = json.dumps(value, sort_keys=True)
        empty = value in (None, [], {}, "", 0, 0.0, False)
        if field not in STATED and not empty and (text in named.get(field, ()) or _told(text, texts)):
            found.append(field)
    return found


def leaking_columns(columns: Iterable[str], fields: Iterable[str]) -> list[str]:
    """Columns of a table that are called like a sealed field; `value.NAME` is what judging gave, no field of a key."""
    sealed = set(fields) - STATED
    return [column for column in columns if column in sealed]


def _told(text: str, texts: set[str]) -> bool:
    return len(text) >= TELLING and text in texts


def _parts(document: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in a document with the name that it stands under; what stands in a list, under the list's name."""
    yield name, document
    if isinstance(document, Mapping):
        for field, value in document.items():
            yield from _parts(value, field)
    elif isinstance(document, list):
        for value in document:
            if isinstance(value, Mapping | list | str):
                yield from _parts(value, name)
