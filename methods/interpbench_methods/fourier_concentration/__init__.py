"""How few waves over the tokens the embedding is made of, without being told the group."""

from typing import final

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.spectrum import fourier_power, gini, principal_power
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization

from .embeddings import letter_embeddings


@final
class FourierConcentration(Method, EntersGeneralization):
    """A network that found a group embeds its elements by few irreducible representations; a memoriser by all.

    score = Gini coefficient of the power of the embedding, mean over the alphabets of at least `least` letters:
    over the non-zero frequencies of the discrete Fourier transform along the order of the letters (`ordered`), or over
    the principal directions of the centred embedding, which is the most that any basis of functions of the letter could
    give and knows no order.

    Nanda et al. take the Gini coefficient of the norms of sines and cosines, here it is that of powers, sine and cosine
    of a frequency together: then neither the phase of a wave matters nor the basis of the embedding space, and the
    second statistic bounds the first.

    References: Nanda et al. 2023 (arXiv:2301.05217), Gini coefficient of the embedding as a progress measure; Chughtai
    et al. 2023 (arXiv:2302.03025), other groups have other bases.
    """

    name = "fourier-concentration"
    family = Family.WEIGHTS
    tier = Tier.WEIGHTS
    version = "1.0"

    ordered: bool = True
    least: int = 7  # letters; three frequencies are the fewest of which some can be missing

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float | NotApplicable:
        """Mean Gini coefficient, between 0 and 1; not applicable where every alphabet is small."""
        if max(len(alphabet) for alphabet in domain.alphabets) < self.least:
            return NotApplicable(f"no position has an alphabet of at least {self.least} letters")
        power = fourier_power if self.ordered else principal_power
        found = [gini(power(matrix)) for matrix in letter_embeddings(subject, domain, self.least)]
        return sum(found) / len(found)
