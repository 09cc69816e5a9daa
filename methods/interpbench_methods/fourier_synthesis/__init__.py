"""Sums and products modulo m, read from the spectra of a network's answers over tokens."""

from typing import final

import numpy as np

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.theory import Theory, canonical, parse
from interpbench.toolkit.contributions import Oracle, answers
from interpbench.toolkit.synthesis import Hints
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

from .characters import Turns, additive, bilinear, turns
from .sums import additive_text, bilinear_text

RIGHT = 0.98
"""Share of inputs on which what was read must say what the network says."""


@final
class FourierSynthesis(Method, EntersExtraction):
    """Networks do arithmetic modulo m on circles, and a circle shows in the spectrum over tokens.

    The answer is put on a circle of as many points as there are answers. For each position, and random settings of
    the others, the spectrum over its letters is taken. Where a token turns the answer by the same angle whatever the
    others are, the rule is a sum of tables, of which multiples of the token are the simplest; where each spectrum has
    one line and the other tokens foretell its place linearly, products of two tokens come in. What was read is held
    against the network; if it is not right, the positions that matter, and the modulus if some token turns the answer
    regularly, are hints to synthesis from rows.

    Deviation from the papers: spectra are of the network's answers, not of its embedding. An alphabet of 6 to 10
    letters is as large as the modulus, so that every embedding has lines at its frequencies.

    References: Nanda et al. 2023, Progress measures for grokking via mechanistic interpretability (arXiv:2301.05217);
    Chughtai et al. 2023, A toy model of universality (arXiv:2302.03025).
    """

    name = "fourier-synthesis"
    family = Family.WEIGHTS
    tier = Tier.WEIGHTS
    version = "1.0"

    settings: int = 200  # of the other tokens

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """The sum that was read if it is right, else what synthesis finds."""
        if subject is None:
            return NotApplicable("no network is shown, and rows do not change one token at a time")
        if any(alphabet != tuple(range(domain.vocabulary)) for alphabet in domain.alphabets):
            return NotApplicable("positions have alphabets of their own")
        oracle = Oracle(subject=subject, domain=domain, rng=ctx.rng)
        found = turns(oracle, self.settings)
        theory = _read(found, oracle)
        ctx.log("a sum was read" if theory else f"no sum; positions {found.positions}")
        if theory is None:
            theory = oracle.searched(rows, hints=_hints(found)).theory
        return Extracted(theory=str(theory), p_present=oracle.presence(theory))


def _read(found: Turns, oracle: Oracle) -> Theory | None:
    modulus, inputs = found.modulus, oracle.inputs(1000)
    labels = oracle.labels(inputs)
    letters = np.arange(inputs.shape[1])
    if (tables := additive(found)) is not None:
        constant = _constant(labels - tables[letters, inputs].sum(axis=1), modulus)
        theory = parse(additive_text(tables, constant, modulus))
    elif (products := bilinear(found, oracle.numpy())) is not None:
        single, pairs = products
        said = inputs @ single + np.einsum("na,ab,nb->n", inputs, np.triu(pairs, 1), inputs)
        theory = parse(bilinear_text(single, pairs, _constant(labels - said, modulus), modulus))
    else:
        return None
    right = float((answers(theory, inputs) == labels).mean())
    return canonical(theory) if right >= RIGHT else None


def _constant(rest: np.ndarray, modulus: int) -> int:
    return int(np.bincount(rest % modulus, minlength=modulus).argmax())


def _hints(found: Turns) -> Hints | None:
    """What the spectra say although no sum was read."""
    if not (positions := found.positions):
        return None
    spectra = found.spectra[:, list(positions)]
    lines = spectra.argmax(axis=2)
    regular = (spectra.max(axis=2).mean(axis=0) >= RIGHT) & (lines == lines[:1]).all(axis=0) & (lines[0] > 0)
    return Hints(positions=positions, modulus=found.modulus if regular.any() and found.modulus > 2 else None)
