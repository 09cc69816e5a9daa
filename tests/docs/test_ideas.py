"""Every command on the page of ideas names what there is."""

import re
from pathlib import Path

import pytest

from interpbench.plugins.discovery import find_method, find_suite, find_task
from interpbench.plugins.manifest import PluginError
from interpbench.tracks.registry import TRACKS

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "ideas.md"
COMMANDS = re.findall(r"`interpbench ([^`]+)`", PAGE.read_text())


def named(command: str) -> None:
    """Looks up everything that a command names.

    Raises:
        PluginError: it is not there.
    """
    for flag, name in re.findall(r"(-t|-m|--suite) (\S+)", command):
        if flag == "-m":
            find_method(name)
        elif flag == "--suite":
            find_suite(name)
        elif name not in TRACKS:
            find_task(name)


def test_every_name_is_there() -> None:
    assert len(COMMANDS) > 15
    for command in COMMANDS:
        named(command)


@pytest.mark.parametrize("command", ["run -t circuits/none", "run -m nobody", "run --suite huge"])
def test_a_name_that_is_not_there_is_noticed(command: str) -> None:
    with pytest.raises(PluginError):
        named(command)
