"""Figures on disk: equal figures are equal bytes."""

import io
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""What keeps the time out of a file, by its format."""


def drawn(figure: Figure, form: str) -> bytes:
    """A figure as the bytes of a file, without a date.

    Args:
        figure: what is drawn.
        form: `svg`, `pdf` or `png`.
    """
    out = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "interpbench"}):
        figure.savefig(out, format=form, metadata=UNDATED.get(form), dpi=150)
    return out.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Writes a figure in the format of its file's name (`.svg`, `.png`, `.pdf`), without a date."""
    path.write_bytes(drawn(figure, path.suffix.removeprefix(".")))
