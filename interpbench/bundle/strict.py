"""Reading what came from outside: strict JSON into pydantic models, with errors that name field, got and wanted."""

import json
import math
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


MOST_DIGITS = 300
"""Of an integer; Python itself refuses more than 4300 with a bare ValueError."""


class InvalidDocument(ValueError):
    """The document breaks its schema; the message says where, what was got and what was wanted."""


def parse_json(content: bytes, what: str) -> Any:
    """JSON without its laxities: no duplicate keys, no NaN or Infinity, UTF-8 only.

    Args:
        content: the document.
        what: its name, for the message.

    Raises:
        InvalidDocument: with the place.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise InvalidDocument(f"{what}: the key {key!r} stands twice")
            seen[key] = value
        return seen

    def refuse(constant: str) -> None:
        raise InvalidDocument(f"{what}: {constant} is not a number that JSON knows; wanted a finite one")

    def finite(digits: str) -> float:
        value = float(digits)
        if not math.isfinite(value):
            raise InvalidDocument(f"{what}: {digits[:20]} is beyond the range of a number; wanted a finite one")
        return value

    def whole(digits: str) -> int:
        if len(digits) > MOST_DIGITS:
            raise InvalidDocument(f"{what}: an integer of {len(digits)} digits; wanted at most {MOST_DIGITS}")
        return int(digits)

    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=unique,
            parse_constant=refuse,
            parse_float=finite,
            parse_int=whole,
        )
    except UnicodeDecodeError as error:
        raise InvalidDocument(f"{what}: not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise InvalidDocument(f"{what}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise InvalidDocument(f"{what}: nested too deeply") from error


def parse_strict(model: type[Model], content: bytes, what: str) -> Model:
    """A document as a pydantic model, without coercion.

    Raises:
        InvalidDocument: the first fault, with field, got and wanted, and how many more there are.
    """
    value = parse_json(content, what)
    try:
        return model.model_validate(value, strict=True)
    except ValidationError as error:
        raise InvalidDocument(f"{what}: {explain(error)}") from error


def explain(error: ValidationError) -> str:
    """A pydantic error as one sentence: the first fault, and how many more there are."""
    faults = error.errors()
    first = faults[0]
    place = ".".join(str(part) for part in first["loc"]) or "the top"
    got = repr(first.get("input"))
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{place}: {first['msg']}; got {got if len(got) < 80 else got[:77] + '...'}{more}"
