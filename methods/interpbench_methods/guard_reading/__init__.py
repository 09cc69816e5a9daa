"""Rare branches read from neurons, or climbed to on logits, and put on top of a theory of the rows."""

from typing import final

from interpbench.bundle.tier import Tier
from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.plugins.method import Method
from interpbench.toolkit.contributions import Oracle
from interpbench.toolkit.guards import climbed, confirmed, departs, effects, neurons, proposals
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

SOURCES = ("neurons", "ascent")


@final
class GuardReading(Method, EntersExtraction):
    """A branch that random inputs never meet still has a neuron that waits for it.

    The base theory is what synthesis finds in the rows. Inputs that may lie behind a guard come from `neurons`: of
    each, the 2, 3, 4 and 5 tokens that stand out most among what drives its pre-activation; or from `ascent`, the
    rival, which climbs on the margin between the network's answer and the base theory's. Where the network departs
    from the base theory, the input is shrunk to the tokens that are needed, and the guard confirmed inside of it and
    on its near misses. The theory is the base theory with the guarded shift.

    References: Elhage et al. 2021, A mathematical framework for transformer circuits (positions' parts of a neuron);
    Zeller & Hildebrandt 2002 (shrinking).
    """

    name = "guard-reading"
    family = Family.WEIGHTS
    tier = Tier.WEIGHTS
    version = "1.0"

    source: str = "neurons"  # one of SOURCES
    sample: int = 4000  # inputs over which the parts of pre-activations are averaged

    def __post_init__(self) -> None:
        """Raises ValueError for a source that there is not, naming the nearest."""
        if self.source not in SOURCES:
            raise ValueError(f"no source {self.source!r}{nearest(self.source, SOURCES)}")

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """The base theory, and a guarded shift on top where one was confirmed."""
        if subject is None:
            return NotApplicable("no network is shown, and a guard cannot be seen in rows")
        oracle = Oracle(subject=subject, domain=domain, rng=ctx.rng)
        if self.source == "ascent":
            base = oracle.searched(rows).theory
            inputs = climbed(oracle, base)
        else:
            config = subject.config
            if not isinstance(config, TransformerConfig) or config.n_layers != 1 or len(config.positions) != 1:
                return NotApplicable("neurons are read in transformers of one layer and one answer alone")
            base = oracle.searched(rows).theory
            added = effects(config, subject.params, oracle.inputs(self.sample))
            inputs = proposals(added, oracle.inputs(neurons.EACH))
            inputs = inputs[departs(oracle, base, inputs)]
        found = confirmed(oracle, base, inputs)
        ctx.log(f"{len(inputs)} departures from the base theory; {found or 'no guard'}")
        theory = base if found is None else found.on(base)
        return Extracted(theory=str(theory), p_present=oracle.presence(theory))
