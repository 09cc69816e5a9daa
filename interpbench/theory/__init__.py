"""The language in which methods write down a rule: one function of a token sequence, in a small part of Python.

A theory is parsed, interpreted and compared; it is never executed as Python. docs/theory.md is the language's page.
"""

from interpbench.theory.answers import Answer, Answers
from interpbench.theory.canonical import canonical, size
from interpbench.theory.equivalence import Branch, Comparison, agreement, equivalent
from interpbench.theory.errors import InvalidTheory, LimitError, RunError, TheoryError
from interpbench.theory.parser import parse
from interpbench.theory.printer import unparse
from interpbench.theory.theory import Theory

__all__ = [
    "Answer",
    "Answers",
    "Branch",
    "Comparison",
    "InvalidTheory",
    "LimitError",
    "RunError",
    "Theory",
    "TheoryError",
    "agreement",
    "canonical",
    "equivalent",
    "parse",
    "size",
    "unparse",
]
