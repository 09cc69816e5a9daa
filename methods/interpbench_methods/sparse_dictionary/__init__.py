"""How many features of the last state belong to one training row alone."""

from typing import final

from jaxtyping import Bool
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.dictionary import Fitting, explained_variance, train_dictionaries
from interpbench.toolkit.probe import answer_states
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization


@final
class SparseDictionary(Method, EntersGeneralization):
    """A network that memorises represents rows, one that generalises represents what rows share.

    score = -(latents that fire on exactly one shown row) / (latents that fire on any), of a sparse autoencoder trained
    on the states of the shown rows at the answer positions (`subject.sites[-1]`, which the unembedding reads).

    There are as many latents as rows, so that each row may have its own; but few may fire together (one, or as many as
    a high price leaves), so that a row gets its own only where no shared one serves it.

    References: Bricken et al. 2023, the L1 kind; Gao et al. 2024 (arXiv:2406.04093), the TopK kind.
    """

    name = "sparse-dictionary"
    family = Family.SAE
    tier = Tier.WEIGHTS
    version = "1.0"

    k: int = 1  # latents that may fire on a state; 0 stands for the L1 kind
    l1: float = 0.0  # price of a code, in units of the states' root mean square length
    faint: float = 0.1  # codes up to this do not count as firing, in the same units: 1% of a state's squared length
    rows: int = 192  # shown rows, at most

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        """Minus the share of live latents that fire on one row only; the log holds the dictionary's diagnostics."""
        shown = rows.sample(self.rows, ctx.rng)
        states = answer_states(subject, shown.tokens, subject.sites[-1:])[0]  # (answer, row, d_in)
        x = states.flatten(0, 1)[None]  # one dictionary for all answers
        fitting = Fitting(d_sae=len(shown), k=self.k or None, l1=self.l1)
        dictionary = train_dictionaries(x, fitting, ctx.rng)
        codes = dictionary.codes(x)
        fires = codes[0].view(*states.shape[:2], -1).amax(dim=0) > self.faint  # (row, latent): at any answer
        share, live = private_share(fires)
        explained = float(explained_variance(x, dictionary.decode(codes)))
        density = float((codes > 0).sum(dim=-1).float().mean())
        ctx.log(f"{live} of {fitting.d_sae} latents live, L0 {density:.1f}, explained variance {explained:.2f}")
        return -share


def private_share(fires: Bool[Tensor, "row latent"]) -> tuple[float, int]:
    """Share of the live latents that fire on exactly one row, and how many are live; no live latent gives 0.

    >>> import torch
    >>> private_share(torch.tensor([[True, True, False], [True, False, False]]))
    (0.5, 2)
    """
    count = fires.sum(dim=0)
    live = int((count > 0).sum())
    return int((count == 1).sum()) / max(live, 1), live
