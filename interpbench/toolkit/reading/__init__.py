"""From a network's inside to hints for a search over theories, and the search itself on labels of the network."""

from interpbench.toolkit.reading.climb import Climb, Finding, presence
from interpbench.toolkit.reading.narrow import Reading, ladder, positions_of
from interpbench.toolkit.reading.sample import Labelled, drawn, labelled
from interpbench.toolkit.reading.table import tabulated

__all__ = [
    "Climb",
    "Finding",
    "Labelled",
    "Reading",
    "drawn",
    "labelled",
    "ladder",
    "positions_of",
    "presence",
    "tabulated",
]
