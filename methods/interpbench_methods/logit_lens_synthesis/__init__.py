"""Theories that add up what single tokens push, read at the logits."""

from typing import final

from interpbench.bundle.tier import Tier
from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.theory import Theory, canonical, parse, size
from interpbench.toolkit.contributions import Oracle, answers
from interpbench.toolkit.synthesis import Hints
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

from .pushes import pushes
from .readings import count, lookup, sufficient, votes

RIGHT = 0.98
"""Share of inputs on which what was read must say what the network says."""


@final
class LogitLensSynthesis(Method, EntersExtraction):
    """A head's values and outputs say what each token at each position adds to each answer's logit.

    These pushes, along the direct path and by way of the mlp, are averaged over inputs. They amount to three kinds of
    theories: a lookup by the few positions that write into the stream, a count of tokens that push in one direction,
    and votes, the answer with the largest sum. The smallest that says what the network says is the theory. Where
    tokens do not add up, as in parities and sums modulo m, none does; the positions are then a hint to synthesis from
    rows, and the better of its theory and the best reading is given.

    References: nostalgebraist 2020, Interpreting GPT: the logit lens; Elhage et al. 2021, A mathematical framework
    for transformer circuits (direct paths).
    """

    name = "logit-lens-synthesis"
    family = Family.CIRCUITS
    tier = Tier.WEIGHTS
    version = "1.0"

    sample: int = 4000  # inputs over which pushes are averaged
    fallback: bool = True  # whether synthesis is asked where no reading is right

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """The smallest reading that is right, else the best of what was read and found."""
        if subject is None:
            return NotApplicable("no network is shown")
        config = subject.config
        if not isinstance(config, TransformerConfig) or config.n_layers != 1:
            return NotApplicable("pushes are read in transformers of one layer alone")
        if config.positions != (config.length - 1,):
            return NotApplicable("the answer is not read at the last token alone")
        oracle = Oracle(subject=subject, domain=domain, rng=ctx.rng)
        found = pushes(config, subject.params, oracle.inputs(self.sample))
        positions = sufficient(found, oracle)
        texts = (lookup(oracle, positions), count(found, oracle), votes(found, positions))
        theories = [canonical(parse(text)) for text in texts if text]
        shares = _agreements(theories, oracle)
        right = [theory for theory, share in zip(theories, shares, strict=True) if share >= RIGHT]
        ctx.log(f"positions {positions}; agreement of the readings {[round(share, 3) for share in shares]}")
        if right:
            theory = min(right, key=size)
        else:
            if self.fallback:
                theories.append(oracle.searched(rows, hints=Hints(positions=positions)).theory)
            shares = _agreements(theories, oracle)
            theory = theories[shares.index(max(shares))]
        return Extracted(theory=str(theory), p_present=oracle.presence(theory))


def _agreements(theories: list[Theory], oracle: Oracle) -> list[float]:
    inputs = oracle.inputs(1000)
    labels = oracle.labels(inputs)
    return [float((answers(theory, inputs) == labels).mean()) for theory in theories]
