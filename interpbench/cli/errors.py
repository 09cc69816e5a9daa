"""Exit codes, and mistakes as sentences.

| code | meaning |
|---|---|
| 0 | done; failed cells are rows with a reason, not an error |
| 1 | a fault of interpbench itself (a traceback follows; please report it) |
| 2 | the command or an input is wrong: unknown name, broken YAML, a plug-in that does not import |
| 3 | a check or a verification found problems |
| 4 | the zoo is missing, damaged or truncated |
| 5 | the store cannot be written: disk full, read-only |
| 6 | the isolation level that was asked for does not work here |
| 130 | interrupted; what was finished is kept |
"""

import sys
from collections.abc import Callable
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """Documented exit codes."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    PROBLEMS = 3
    ZOO = 4
    STORE = 5
    ISOLATION = 6
    INTERRUPTED = 130


class Stop(Exception):
    """Ends the command with a code and a sentence."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code


def explained(command: Callable[[], Any]) -> int:
    """Runs a command; what the user can mend becomes a sentence on stderr and a code."""
    import typer

    try:
        result = command()
    except Stop as error:
        return _say(error.code, str(error))
    except typer.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        result = Exit.INTERRUPTED
    except Exception as error:
        show = getattr(error, "show", None)
        if callable(show):  # a usage error of typer, which carries a click of its own
            show()
            return Exit.USAGE
        known = _known(error)
        if known is None:
            raise
        return _say(known, str(error))
    if result == Exit.INTERRUPTED:  # typer turns Ctrl-C into this result
        return _say(Exit.INTERRUPTED, "interrupted: what was finished is kept, the same command goes on from there")
    return result if isinstance(result, int) else Exit.DONE


def _known(error: Exception) -> Exit | None:
    """The code of an exception that speaks for itself; by name, so that nothing heavy is imported for it."""
    return {
        "PluginError": Exit.USAGE,
        "MethodError": Exit.USAGE,
        "SubmissionError": Exit.USAGE,
        "RoundError": Exit.USAGE,
        "Refused": Exit.PROBLEMS,
        "ZooError": Exit.ZOO,
        "StoreError": Exit.STORE,
        "IsolationError": Exit.ISOLATION,
    }.get(type(error).__name__)


def _say(code: Exit, message: str) -> int:
    print(f"interpbench: {message}", file=sys.stderr)
    return code
