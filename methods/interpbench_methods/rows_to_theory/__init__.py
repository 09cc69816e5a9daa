"""Theories that reading the rows alone gives: the most frequent answer, the nearest row, a decision tree."""

from typing import final

from torch import Tensor, tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.plugins.method import Method
from interpbench.toolkit.notes import packed, unpacked
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

from .presence import predictability
from .writers import WRITERS


@final
class RowsToTheory(Method, EntersExtraction):
    """What a reader of the rows who cannot write programs would say; whatever looks at the network has to beat it.

    P(there is a rule) follows from the p-value of a forest that predicts held-out rows no better than a constant would.

    References: Cover & Hart 1967, Nearest neighbor pattern classification; Breiman et al. 1984, Classification and
    regression trees, as in scikit-learn.
    """

    name = "rows-to-theory"
    family = Family.DATA_ONLY
    tier = Tier.DATA
    version = "1.0"

    writer: str  # a name in WRITERS

    def __post_init__(self) -> None:
        """Raises ValueError for a writer that there is not, naming the nearest."""
        if self.writer not in WRITERS:
            raise ValueError(f"no writer {self.writer!r}{nearest(self.writer, WRITERS)}")

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """The theory of the rows, once for all networks that share them."""
        if not len(rows):
            return {}
        tokens, labels, seed = rows.tokens.numpy(), rows.labels[:, 0].numpy(), ctx.rng.initial_seed() % 2**32
        text = WRITERS[self.writer](tokens, labels, seed)
        return {"theory": packed(text), "p_present": tensor(predictability(tokens, labels, seed))}

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """What the rows told; the network is not looked at."""
        if not ctx.study:
            return NotApplicable("no rows are shown")
        return Extracted(theory=unpacked(ctx.study["theory"]), p_present=float(ctx.study["p_present"]))
