"""The command line: thin, lazy, and without a traceback for a user's mistake."""

import signal
import sys
from types import FrameType

from interpbench.cli.app import app
from interpbench.cli.errors import explained


def main() -> None:
    """Entry point of `interpbench`."""
    signal.signal(signal.SIGTERM, _interrupt)  # a batch system's polite kill ends a run like Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits it ignored
    code = explained(lambda: app(standalone_mode=False))
    sys.exit(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt
