"""Subnetwork probing: gates on all components are learnt, so that few are open and the metric stays."""

from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.circuits.gates import gated, gated_metric
from interpbench.toolkit.circuits.trace import put_in, run
from interpbench.tracks.circuits.enter import Circuit, EntersCircuits
from interpbench.tracks.circuits.question import Asked
from interpbench.tracks.circuits.setting import presence, setting
from interpbench.tracks.context import Context, NotApplicable


@final
class SubnetworkProbing(Method, EntersCircuits):
    """A gate m between 0 and 1 lets m of a component's own output through and 1 - m of what stands in for it.

    Gates are learnt by gradient descent on the squared distance of the metric from that of the whole network, in
    shares of its gap, plus a price on open gates. They are hard concrete, so that gates are closed for good and
    noise explores. A component's score is the logit of its gate.

    References: Cao et al. 2021, arXiv:2104.03514; Louizos et al. 2018, arXiv:1712.01312 (hard concrete gates).
    """

    name = "subnetwork-probing"
    family = Family.CIRCUITS
    tier = Tier.WEIGHTS
    version = "1.0"
    capped = False

    pairs: int = 16  # of inputs
    steps: int = 100
    learning_rate: float = 0.1
    price: float = 1.0  # of all gates open, in squared gaps

    def carriers(self, subject: Subject, asked: Asked, ctx: Context) -> Circuit | NotApplicable:
        """Logits of the gates."""
        here = setting(subject, asked, self.pairs)
        stand_in = put_in(here.bridge, here.graph, here.clean, here.corrupt)
        whole = here.metric(run(here.bridge, here.clean, {}))
        logits = torch.full((len(here.graph.writers) - 1,), 2.0, requires_grad=True)
        with torch.no_grad():
            none = gated_metric(*here[:3], here.metric, stand_in, torch.zeros(len(logits)))
        gap = float((whole - none).abs().mean())
        if gap == 0:
            return NotApplicable("no component changes the metric")
        optimiser = torch.optim.Adam([logits], lr=self.learning_rate)
        with torch.enable_grad():
            for _ in range(self.steps):
                gates, openness = gated(logits, ctx.rng)
                left = gated_metric(*here[:3], here.metric, stand_in, gates)
                loss = ((left - whole) / gap).square().mean() + self.price * openness
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
        return Circuit(nodes=logits.detach().clone(), p_present=presence(subject, asked))
