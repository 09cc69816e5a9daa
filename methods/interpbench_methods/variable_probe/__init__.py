"""Probes of activations: labelled variables read off by a line, by the difference of means, or by a small network."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.plugins.method import Method
from interpbench.toolkit.dictionaries.evidence import learned
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.features.enter import EntersFeatures, Predicted
from interpbench.tracks.features.gain import r_squared
from interpbench.tracks.features.question import World

from .control import control_values
from .probes import PROBES


@final
class VariableProbe(Method, EntersFeatures):
    """A variable is in the activations if a probe of the shown rows reads it off others, and off no untrained network.

    Every probe is fitted three times: to half of the labelled rows, to the same of an untrained network of equal
    architecture, whose R^2 on the other half it must exceed for P(present), and to a control task, a random value for
    each token; R^2 beyond the control's is the probe's selectivity, which the log holds. Then to all labelled rows.

    References: Alain & Bengio 2016 (arXiv:1610.01644); Hewitt & Liang 2019 (arXiv:1909.03368), control tasks.
    """

    name = "variable-probe"
    family = Family.PROBING
    tier = Tier.WEIGHTS
    version = "1.0"

    probe: str  # a name in PROBES

    def __post_init__(self) -> None:
        """Raises ValueError for a probe that there is not, naming the nearest."""
        if self.probe not in PROBES:
            raise ValueError(f"no probe {self.probe!r}{nearest(self.probe, PROBES)}")

    def predict(self, world: World, ctx: Context) -> Predicted | NotApplicable:
        """What the probe reads at the asked rows."""
        twin = world.untrained(ctx.rng)
        if twin is None or world.shown_tokens is None:
            return NotApplicable("no network is shown whose untrained twin could be the control")
        count = len(world.labels)
        x = world.shown[:count]
        token = world.shown_tokens[torch.arange(count), world.positions()[:count]]
        control = control_values(token, world.labels, ctx.rng)
        told, twins, controls = (
            self._held_out(rows, labels, ctx)
            for rows, labels in ((x, world.labels), (twin[:count], world.labels), (x, control))
        )
        ctx.log(
            f"R^2 {told:.3f}, untrained {twins:.3f}, control task {controls:.3f}, selectivity {told - controls:.3f}"
        )
        found = PROBES[self.probe](x, world.labels, world.asked, ctx.rng)
        return Predicted(values=found, p_present=learned(told, twins))

    def _held_out(self, rows: Float[Tensor, "row d"], labels: Float[Tensor, "row v"], ctx: Context) -> float:
        """R^2 on the second half of a probe that was fitted to the first."""
        half = len(rows) // 2
        found = PROBES[self.probe](rows[:half], labels[:half], rows[half:], ctx.rng)
        return r_squared(found.double().numpy(), labels[half:].double().numpy())
