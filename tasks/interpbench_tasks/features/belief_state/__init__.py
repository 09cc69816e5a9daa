"""Hidden processes, read after the last letter: how likely is each state, given what the network has seen?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import torch

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.train import Training
from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.network import Inputs
from interpbench.tracks.features.recipe import Recipe
from interpbench_tasks.features.networks import Null, PlannedTask, Tokens

from .process import Process, two_random_and


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """What a network learns to continue.

    Attributes:
        process: which letters come from.
        length: of the histories.
        histories: different ones that are shown, and that are asked about.
        number: counts networks of a process.
    """

    process: Process
    length: int
    histories: tuple[int, int] = (700, 300)
    number: int = 0


_XOR = two_random_and(lambda one, two: one ^ two)
_SUM = two_random_and(lambda one, two: (one + two) % 3, letters=3)
_DIFFERENCE = two_random_and(lambda one, two: (one - two) % 3, letters=3)
_NOISY = two_random_and(lambda one, two: one ^ two, first=0.6, slips=0.05)
_SLIPPING = two_random_and(lambda one, two: one ^ two, slips=0.03)
SOURCES: Mapping[str, Source] = {
    "xor": Source(process=_XOR, length=12),
    "sum_of3": Source(process=_SUM, length=9),
    "noisy_xor": Source(process=_NOISY, length=12),
    "longer_xor": Source(process=_XOR, length=13),
    "another_xor": Source(process=_XOR, length=12, number=1),
    "difference_of3": Source(process=_DIFFERENCE, length=9),
    "another_sum_of3": Source(process=_SUM, length=9, number=1),
    "slipping_xor": Source(process=_SLIPPING, length=12),
    "another_noisy_xor": Source(process=_NOISY, length=12, number=1),
    "longer_sum_of3": Source(process=_SUM, length=10),
    "dev_xnor": Source(process=two_random_and(lambda one, two: 1 - (one ^ two)), length=12),
    "dev_noisy_sum_of3": Source(
        process=two_random_and(lambda one, two: (one + two + 1) % 3, letters=3, slips=0.02), length=9
    ),
}
FIT = Training(learning_rate=4e-3, weight_decay=0.01, max_steps=2000, warm_up=50, decay=0.5)


@final
class BeliefStateTask(PlannedTask):
    """Two layers learn to say the next letter. The belief over hidden states is asked for after unseen histories."""

    name = "belief_state"
    version = "1.0"
    kind: ClassVar[Kind] = Kind.BELIEF_STATE
    sizes: ClassVar[Mapping[str, Sequence[tuple[str, Null]]]] = {
        "smoke": (("sum_of3", ""),),
        "dev": (*((name, "") for name in SOURCES if name.startswith("dev")), ("dev_xnor", "untrained")),
        "quick": (("xor", ""), ("sum_of3", ""), ("noisy_xor", ""), ("xor", "untrained")),
        "standard": (
            *((name, "") for name in SOURCES if not name.startswith("dev")),
            ("xor", "untrained"),
            ("difference_of3", "untrained"),
            ("noisy_xor", "untrained"),
        ),
    }

    def planned(self, world: str, null: Null) -> Recipe:
        """Different histories, whose last letter is the last that the network sees."""
        source = SOURCES[world]
        shown, asked = source.histories
        return Recipe(
            role=self.role(null),
            null=null,
            name=world,
            number=source.number,
            config=TransformerConfig(
                vocabulary=source.process.letters,
                length=source.length,
                positions=tuple(range(source.length)),
                classes=source.process.letters,
                n_layers=2,
                d_model=48,
                d_mlp=96,
            ),
            training=FIT,
            batch=128,
            site="blocks.1.hook_resid_post",
            shown=shown,
            labelled=400,
            asked=asked,
        )

    def draw(self, recipe: Recipe, count: int, rng: torch.Generator) -> Tokens:
        """Histories as often as the process brings them."""
        source = SOURCES[recipe.name]
        return source.process.draw(count, source.length, rng)

    def batch(self, recipe: Recipe, count: int, rng: torch.Generator) -> Rows:
        """Histories with the letter after each."""
        source = SOURCES[recipe.name]
        letters = source.process.draw(count, source.length + 1, rng)
        return Rows(tokens=letters[:, :-1], labels=letters[:, 1:])

    def inputs(self, recipe: Recipe, role: str, count: int, rng: torch.Generator) -> Inputs:
        """Histories, none of them twice, with the belief that they leave."""
        del count, rng
        letters = self.part(recipe, role)
        return Inputs(
            tokens=letters,
            at=torch.full((len(letters),), letters.shape[1] - 1),
            variables=SOURCES[recipe.name].process.beliefs(letters),
        )

    def variables(self, recipe: Recipe) -> tuple[str, ...]:
        """The states."""
        return tuple(f"P(state {state})" for state in range(SOURCES[recipe.name].process.states))
