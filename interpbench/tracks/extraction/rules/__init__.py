"""The grammar from which the track plants its rules: kinds, honest draws, all rules, twins, guards, branches.

Every rule is a theory (`interpbench.theory`). docs/extraction.md is its page.
"""

from interpbench.tracks.extraction.rules.catalogue import consistent, every
from interpbench.tracks.extraction.rules.drawing import RuleNotFound, draw, problems
from interpbench.tracks.extraction.rules.guard import Guard, guarded
from interpbench.tracks.extraction.rules.kinds import KINDS, Kind
from interpbench.tracks.extraction.rules.rule import Rule
from interpbench.tracks.extraction.rules.twins import Twins, a0, skill, twins

__all__ = [
    "KINDS",
    "Guard",
    "Kind",
    "Rule",
    "RuleNotFound",
    "Twins",
    "a0",
    "consistent",
    "draw",
    "every",
    "guarded",
    "problems",
    "skill",
    "twins",
]
