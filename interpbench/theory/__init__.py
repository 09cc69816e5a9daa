"""The language in which methods write down a rule: one function of a token sequence, in a small part of Python.

A theory is parsed, interpreted and compared; it is never executed as Python. docs/theory.md is the language's page.
"""

from interpbench.theory.answers import Answer, Answers
from interpbench.theory.errors import InvalidTheory, RunError, TheoryError
from interpbench.theory.parser import parse
from interpbench.theory.printer import unparse
from interpbench.theory.theory import Theory

__all__ = ["Answer", "Answers", "InvalidTheory", "RunError", "Theory", "TheoryError", "parse", "unparse"]
