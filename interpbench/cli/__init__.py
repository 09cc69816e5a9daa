"""The command line: thin, lazy, and without a traceback for a user's mistake."""

import sys

from interpbench.cli.app import app
from interpbench.cli.errors import explained


def main() -> None:
    """Entry point of `interpbench`."""
    code = explained(lambda: app(standalone_mode=False))
    sys.exit(code)
