"""What a theory may use up. Limits are part of the language: a theory beyond one of them fails, on every machine."""

TEXT = 100_000
"""Characters of a text."""
NAME = 32
"""Characters of a name."""
TOKENS = 3_000
"""Words, numbers and signs of a text."""
NESTING = 100
"""Levels of a syntax tree; a sum of n terms has n of them."""
NODES = 1_000
"""Nodes of Python's syntax tree."""
LITERAL = 2**63
"""Numbers in a text are smaller."""
BITS = 256
"""Of an integer while a theory runs."""
DEPTH = 8
"""Sequences in sequences."""
ANSWER = 256
"""Elements of an answer that is a sequence."""
FUEL = 20_000
"""Steps on one input, unless the caller says otherwise: about 2 ms of the interpreter."""
