"""Automata from a network's answers: learnt layer by layer, folded into a loop, written as theories."""

from interpbench.toolkit.automata.fold import Automaton, folded
from interpbench.toolkit.automata.layers import Layers, layers
from interpbench.toolkit.automata.write import layered_text, loop_texts, smallest

__all__ = ["Automaton", "Layers", "folded", "layered_text", "layers", "loop_texts", "smallest"]
