"""Whether packed code and card say what the manifest says of a method. They are read as text; nothing of them runs.

The hash of the code is part of each answer's hash; that of the card is not, since no answer depends on it. So a card,
and the calibration in it, can be changed after the run. What then still shows is that the two copies disagree.
"""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from interpbench.plugins.discovery import MethodInfo, read_method
from interpbench.plugins.manifest import MethodCard, PluginError
from interpbench.submissions.layout import SOURCE
from interpbench.submissions.limits import CARD_BYTES
from interpbench.submissions.manifest import SubmittedMethod
from interpbench.submissions.problems import quoted
from interpbench.tracks.instance import Problem

CARD = "method.yaml"
MAIN = "__init__.py"
MOST_VALUES = 20_000
"""In a card. Aliases of YAML let a short text stand for as many as one likes."""


def disagreements(method: SubmittedMethod, code: Mapping[str, bytes]) -> Iterator[Problem]:
    """Fields in which the manifest says something else than packed code or card.

    Args:
        method: as the manifest describes it.
        code: all that the bundle holds of its code, by name in its folder.
    """
    where = f"{SOURCE}/{method.name}"
    try:
        main, card = _files(method, code)
        found = _read(main, card)
    except PluginError as error:
        yield Problem(where=where, what=str(error))
        return
    for field, (said, is_there) in _fields(method, found).items():
        if said != is_there:
            what = f"{field}: the code says {quoted(is_there)}, and the manifest {quoted(said)}; pack it again"
            yield Problem(where=where, what=what)
    unknown = sorted({*method.tracks, *method.left_out} - set(found.tracks))
    if unknown:
        yield Problem(where=where, what=f"enters {', '.join(found.tracks)}, and the manifest says {', '.join(unknown)}")
    yield from (Problem(where=where, what=f"{CARD}: {fault}") for fault in _cards(method.card, found.card))


def _files(method: SubmittedMethod, code: Mapping[str, bytes]) -> tuple[bytes, bytes | None]:
    """The text of the main file, and of the card, if there is one.

    Raises:
        PluginError: they are not there, or too large.
    """
    if method.loose:
        names = [name for name in code if name.endswith(".py")]
        if len(names) != 1:
            raise PluginError(f"a loose method is one file of code; got {len(names)}")
        main, card = names[0], names[0].removesuffix(".py") + ".yaml"
    else:
        main, card = MAIN, CARD
    if main not in code:
        raise PluginError(f"holds code without its main file {main}")
    if card in method.source_left_out or len(code.get(card, b"")) > CARD_BYTES:
        raise PluginError(f"{card}: a card is packed with the code; wanted text of at most {CARD_BYTES:,} bytes")
    return code[main], code.get(card)


def _read(main: bytes, card: bytes | None) -> MethodInfo:
    """The method as listing would see it: by its syntax tree, under names of our own.

    Raises:
        PluginError: it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="interpbench-card-") as name:
        folder = Path(name)
        (folder / MAIN).write_bytes(main)
        if card is not None:
            (folder / CARD).write_bytes(card)
        try:
            return read_method(folder)
        except PluginError as error:
            raise PluginError(str(error).replace(f"{folder}/", "")) from error
        except (ValueError, TypeError, RecursionError, MemoryError) as error:
            raise PluginError(f"cannot be read: {type(error).__name__}: {error}") from error


def _fields(method: SubmittedMethod, found: MethodInfo) -> dict[str, tuple[Any, Any]]:
    """Field -> (as the manifest says, as the code says)."""
    return {
        "name": (method.name, found.name),
        "family": (method.family.value, found.family.value),
        "tier": (method.tier.value, found.tier.value),
        "version": (method.version, found.version),
        "summary": (method.summary, found.summary[:1000]),
        "studies": (method.studies, found.studies),
        "capped": (method.capped, found.capped),
    }


def _cards(said: MethodCard, packed: MethodCard) -> Iterator[str]:
    """Fields of two cards that differ."""
    for field in MethodCard.model_fields:
        theirs = getattr(packed, field)
        if not _small(theirs):
            yield f"{field} stands for more than {MOST_VALUES:,} values; write a card without aliases"
            continue
        got, wanted = (card.model_dump(mode="json", include={field})[field] for card in (said, packed))
        if got != wanted:
            yield f"{field}: {_difference(got, wanted)}; it was changed, or packed from another card"


def _difference(said: Any, packed: Any, place: str = "") -> str:
    """The first place at which two documents differ."""
    if isinstance(said, dict) and isinstance(packed, dict):
        for name in sorted({*map(str, said), *map(str, packed)}):
            if said.get(name) != packed.get(name) or (name in said) != (name in packed):
                inner = f"{place}.{name}" if place else name
                if name in said and name in packed:
                    return _difference(said[name], packed[name], inner)
                return f"{inner} is in {'the manifest' if name in said else CARD} alone"
    return f"{f'{place} is ' if place else ''}{quoted(packed)}, and the manifest says {quoted(said)}"


def _small(value: Any) -> bool:
    """Whether a document has no more than so many values, each counted as often as it is reached."""
    waiting, count = [value], 0
    while waiting:
        count += 1
        if count > MOST_VALUES:
            return False
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list | tuple):
            waiting += part
    return True
