"""Theories found from rows: enumeration with observational equivalence, and solvers for shapes that have algebra."""

from interpbench.toolkit.synthesis.chosen import Improved, improve
from interpbench.toolkit.synthesis.clock import Budget, Progress
from interpbench.toolkit.synthesis.frontier import Candidate, Frontier
from interpbench.toolkit.synthesis.hints import OPERATIONS, Hints
from interpbench.toolkit.synthesis.search import Search

__all__ = ["OPERATIONS", "Budget", "Candidate", "Frontier", "Hints", "Improved", "Progress", "Search", "improve"]
