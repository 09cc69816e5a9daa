"""The meter says that something begins, what ended, and nothing where it is shy."""

from io import StringIO

from rich.console import Console

from interpbench.cli.progress import Meter


def lines(console: Console) -> list[str]:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def plain() -> Console:
    return Console(file=StringIO(), force_terminal=False)


def test_a_meter_speaks_before_the_first_has_ended() -> None:
    console = plain()
    with Meter(3, "cells", console) as meter:
        assert lines(console) == ["cells: 0/3 (starting)"]
        meter.count("done")
        meter.count("cached", number=2, ran=False)
    assert lines(console)[-1] == "cells: 3/3 (2 cached, 1 done)"


def test_a_number_that_is_not_known_yet_is_not_shown_as_none() -> None:
    console = plain()
    with Meter(0, "networks", console):
        assert lines(console) == ["networks: (starting)"]


def test_a_bar_says_what_it_waits_for() -> None:
    console = Console(file=StringIO(), force_terminal=True, width=120)
    with Meter(3, "cells", console):
        pass
    assert "cells: starting" in "".join(lines(console))


def test_a_shy_meter_says_nothing_of_what_is_soon_over() -> None:
    console = plain()
    with Meter(2, "instances", console, shy=True) as meter:
        meter.count("judged", number=2)
    assert lines(console) == []
