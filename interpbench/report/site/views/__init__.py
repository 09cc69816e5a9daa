"""Plugs that show single questions, one a track; a track without a plug shows values and reasons."""

import importlib

from interpbench.report.site.views.panel import View

VIEWS = ("circuits", "extraction", "features", "generalization", "scratchpad")
"""Tracks that have one: a module of this package with a function `view`."""


def view_of(track: str) -> View | None:
    """The plug of a track, or None."""
    if track not in VIEWS:
        return None
    module = importlib.import_module(f"interpbench.report.site.views.{track}")
    found: View = module.view
    return found
