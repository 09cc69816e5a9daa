"""Theories that reading the rows alone gives: the most frequent answer, the nearest row, a decision tree."""

from typing import final

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

from .presence import predictability
from .writers import WRITERS


@final
class RowsToTheory(Method, EntersExtraction):
    """What a reader of the rows who cannot write programs would say; whatever looks at the network has to beat it.

    P(there is a rule) = 1 - the p-value of predicting held-out rows no better than the most frequent answer does.

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

    def extract(
        self, subject: Subject, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """The theory of the rows; the network is not looked at."""
        if not len(rows):
            return NotApplicable("no rows are shown")
        tokens, labels = rows.tokens.numpy(), rows.labels[:, 0].numpy()
        text = WRITERS[self.writer](tokens, labels, ctx.rng.initial_seed() % 2**32)
        return Extracted(theory=text, p_present=predictability(tokens, labels, ctx.rng.initial_seed() % 2**32))
