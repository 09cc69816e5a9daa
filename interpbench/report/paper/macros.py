"""Every figure of a board as a TeX macro, so that no number of a paper is typed."""

import re
from collections.abc import Iterator, Mapping
from string import ascii_uppercase

from interpbench.report.cell import ABSENT, interval, number, probability, signed
from interpbench.report.latex import tex
from interpbench.score.board import Board, BoardRow, TrackBoard

PREFIX = "ib"
_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def macro(*words: str) -> str:
    r"""A legal name from words: letters alone, digits spelled out, each word with a capital.

    >>> macro("circuits", "edge-attribution/ig-inputs", "auroc")
    'ibCircuitsEdgeAttributionIgInputsAuroc'
    >>> macro("margin-p5")
    'ibMarginPFive'
    """
    parts = (part for word in words for part in re.findall(r"[A-Za-z]+|\d", word))
    return PREFIX + "".join(_DIGITS[int(part)] if part.isdigit() else part[:1].upper() + part[1:] for part in parts)


def macros(board: Board) -> dict[str, tuple[str, str]]:
    """Name -> its text and what it says, for every row and metric; names that would be equal get a letter behind."""
    out: dict[str, tuple[str, str]] = {}
    for words, text, about in _figures(board):
        name = macro(*words)
        if name in out:
            name = next(f"{name}{letter}" for letter in ascii_uppercase if f"{name}{letter}" not in out)
        out[name] = (text, about)
    return out


def macro_file(found: Mapping[str, tuple[str, str]]) -> str:
    """The macros as a file, with an index of all of them in comments at its head."""
    lines = ["% Numbers of the board; written by interpbench report --paper. Every figure is a macro:", "%"]
    lines += [f"% \\{name}: {about}: {text}" for name, (text, about) in found.items()]
    lines += ["", *[f"\\newcommand{{\\{name}}}{{{tex(text)}}}" for name, (text, _) in found.items()], ""]
    return "\n".join(lines)


Found = tuple[tuple[str, ...], str, str]
"""Words of the name, text, and what it says."""


def _figures(board: Board) -> Iterator[Found]:
    yield ("suite",), f"{board.suite} {board.suite_version}", "suite and version"
    for track in board.tracks:
        yield (track.track, "instances"), str(track.instances), f"{track.track}, questions"
        yield (track.track, "families"), str(track.families), f"{track.track}, families"
        yield (track.track, "rival"), track.rival or ABSENT, f"{track.track}, best rival"
        if track.stability is not None and track.stability.kendall is not None:
            tau = track.stability.kendall
            yield (track.track, "tau"), f"{tau.mean:.2f}", f"{track.track}, rank stability, Kendall's tau-b"
        for row in track.rows:
            yield from _of_row(track, row)


def _of_row(track: TrackBoard, row: BoardRow) -> Iterator[Found]:
    where = (track.track, row.name)
    told = f"{track.track}, {row.name}"
    for name, metric in track.metrics.items():
        unit = f"{metric.title} %" if metric.percent else metric.title
        yield (*where, name), number(row.metrics[name].value, metric.percent), f"{told}, {unit}"
        shown = interval(row.metrics[name], metric.percent)
        yield (*where, name, "interval"), shown, f"{told}, {unit} with 95% interval"
    yield (*where, "skill"), number(row.skill.value, False), f"{told}, skill"
    yield (*where, "skill", "interval"), interval(row.skill, False), f"{told}, skill with 95% interval"
    if row.difference is not None:
        head = track.metrics[track.headline]
        yield (*where, "difference"), signed(row.difference.difference, head), f"{told}, paired difference to the rival"
        yield (*where, "p"), probability(row.difference.p_holm), f"{told}, p of it (Holm)"
    if row.cost.cells:
        yield (*where, "cpu"), f"{row.cost.cpu_seconds:.1f}", f"{told}, CPU seconds"
