"""Figures on disk: equal figures are equal bytes."""

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure


def save(figure: Figure, path: Path) -> None:
    """Writes a figure in the format of its file's name (`.svg`, `.png`, `.pdf`), without a date."""
    with matplotlib.rc_context({"svg.hashsalt": "interpbench"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
