"""An automaton from a network's answers about beginnings and endings of inputs."""

from typing import final

import numpy as np

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.theory import parse, size
from interpbench.toolkit.automata import folded, layered_text, layers, loop_texts, smallest
from interpbench.toolkit.automata.layers import ENOUGH
from interpbench.toolkit.contributions import Oracle
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

COARSE_TO_FINE = (0.2, 0.1, 0.02)
"""Shares of test endings on which a beginning may differ from its state; the coarser ones only for one loop that is
right, since a network's few faults split states, and a loop with fewer is the rule without them."""


@final
class AutomatonExtraction(Method, EntersExtraction):
    """A rule that reads from left to right is an automaton, and its states are beginnings that no ending tells apart.

    Beginnings are told apart by test endings; an input on which the automaton departs from the network splits a state.
    States behind different numbers of tokens are then made one where that is possible with as few states as the
    widest layer has. The theory is a loop: with a formula for the update if one has its table, else with the table,
    or, where one loop does not do for all positions, with a table for each position that matters.

    Deviations from the paper: it asks about inputs of every length and takes the state of a beginning from the
    network's hidden state. Here networks answer after the last token alone, transformers have no state in between, and
    a gated unit keeps the time in its state; so that states come from answers for both architectures.

    References: Weiss, Goldberg & Yahav 2018, Extracting automata from recurrent neural networks using queries and
    counterexamples (arXiv:1711.09576); Angluin 1987.
    """

    name = "automaton-extraction"
    family = Family.AUTOMATA
    tier = Tier.WEIGHTS
    version = "1.0"

    states: int = 40  # of a layer, at most
    automata: int = 32  # looked at for one with a short update

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """The smallest theory of the automaton; the most frequent answer where it has too many states."""
        if subject is None:
            return NotApplicable("no network is shown, and rows share no beginnings")
        letters = domain.vocabulary
        if any(alphabet != tuple(range(letters)) for alphabet in domain.alphabets):
            return NotApplicable("positions have alphabets of their own")
        oracle = Oracle(subject=subject, domain=domain, rng=ctx.rng)
        theory = None
        for tolerance in COARSE_TO_FINE:
            found = layers(oracle.labels, letters, domain.length, self.states, oracle.numpy(), tolerance)
            if found is None or (tolerance > COARSE_TO_FINE[-1] and found.agreement < ENOUGH):
                continue
            ctx.log(f"states: {[len(step) for step in found.steps]}, agreement {found.agreement:.4f}")
            part, tokens = found.read()
            loops = smallest(text for one in folded(part, self.automata) for text in loop_texts(one, tokens))
            if loops is not None or tolerance == COARSE_TO_FINE[-1]:
                theory = min((one for one in (loops, smallest(layered_text(found))) if one), key=size, default=None)
                break
        if theory is None:
            theory = parse(f"def rule(x):\n    return {np.bincount(oracle.labels(oracle.inputs(1000))).argmax()}\n")
        return Extracted(theory=str(theory), p_present=oracle.presence(theory))
