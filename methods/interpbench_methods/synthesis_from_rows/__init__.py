"""The shortest program that gives the labels of the rows; the network is not looked at."""

from typing import final

from torch import Tensor, tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.notes import packed, unpacked
from interpbench.toolkit.synthesis import Budget, Search
from interpbench.toolkit.synthesis.presence import presence
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted


@final
class SynthesisFromRows(Method, EntersExtraction):
    """Enumerates programs bottom-up, one of those that agree everywhere it looks, and takes the smallest that fits.

    Solvers for linear, boolean and automaton rules stand beside the enumeration. Where no program gives every label,
    the one that describes them in the fewest bits is taken, exceptions written out. P(there is a rule) follows from the
    bits that it saves.

    References: Alur et al. 2013, Syntax-guided synthesis; Udupa et al. 2013, TRANSIT (observational equivalence);
    Rissanen 1978, Modeling by shortest data description.
    """

    name = "synthesis-from-rows"
    family = Family.DATA_ONLY
    tier = Tier.DATA
    version = "1.0"

    states: int  # programs, tables and linear systems looked at
    size: int  # largest program, in syntax nodes

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """The search, once for all networks that share the rows."""
        if not len(rows):
            return {}
        search = Search(
            rows.tokens.numpy(),
            rows.labels[:, 0].numpy(),
            budget=Budget(states=self.states, seconds=ctx.limits.wall_seconds / 2, size=self.size),
        )
        search.run()
        ctx.log(f"{search.progress.states} states, {len(search.consistent)} programs fit all rows")
        return {"theory": packed(str(search.best.theory)), "p_present": tensor(presence(search))}

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """What the search found."""
        if not ctx.study:
            return NotApplicable("no rows are shown")
        return Extracted(theory=unpacked(ctx.study["theory"]), p_present=float(ctx.study["p_present"]))
