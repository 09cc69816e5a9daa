"""The theory in what a language model replied."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from interpbench.theory import InvalidTheory, Theory, parse
from interpbench.theory.limits import TEXT
from interpbench.toolkit.language.mend import Unmendable, mended

_TAG = re.compile(r"[\w+.#-]*[ \t]*\Z")
_NOTHING = "there is no function in it"


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was found in a reply: a theory and its text, or why there is none."""

    theory: Theory | None = None
    text: str = ""
    reason: str = ""


def read(reply: str) -> Read:
    """The theory in the last block that holds one, as it stands or mended; else why the last block holds none."""
    fault = ""
    for block in reversed(list(_blocks(spoken(reply)[-TEXT:]))):
        found = _theory(block)
        if found.theory is not None:
            return found
        fault = fault or found.reason
    return Read(reason=fault or _NOTHING)


def spoken(reply: str) -> str:
    """The reply without the thoughts that some models put before it."""
    return reply.rpartition("</think>")[2].strip()


def _theory(block: str) -> Read:
    try:
        return Read(theory=parse(block), text=block)
    except InvalidTheory as error:
        fault = str(error)
    try:
        text = mended(block)
        return Read(theory=parse(text), text=text)
    except Unmendable as error:
        return Read(reason=str(error) or fault)
    except InvalidTheory as error:  # about the mended text, which is what is left to complain of
        return Read(reason=str(error))


def _blocks(reply: str) -> Iterator[str]:
    """What stands between fences, the last of which may be missing; without any, from the first `def` on."""
    parts = reply.split("```")
    for part in parts[1::2]:
        first, newline, rest = part.partition("\n")
        yield rest if newline and _TAG.match(first) else part
    if len(parts) == 1:
        found = re.search(r"^def ", reply, re.MULTILINE)
        if found is not None:
            yield _function(reply[found.start() :])


def _function(text: str) -> str:
    """The function that the text begins with: its first line and all that is indented."""
    first, *rest = text.splitlines()
    kept = [first]
    for line in rest:
        if line.strip() and not line.startswith((" ", "\t")):
            break
        kept.append(line)
    return "\n".join(kept) + "\n"
