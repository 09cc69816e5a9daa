"""Rare branches of a network: inputs that may lie behind one, and whether they do."""

from interpbench.toolkit.guards.ascent import climbed
from interpbench.toolkit.guards.confirm import confirmed, departs
from interpbench.toolkit.guards.neurons import effects, proposals
from interpbench.toolkit.guards.shift import Shift

__all__ = ["Shift", "climbed", "confirmed", "departs", "effects", "proposals"]
