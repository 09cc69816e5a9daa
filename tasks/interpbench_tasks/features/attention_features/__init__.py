"""Lookups, read at the output of heads: which letters did they fetch, and for which answer?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain, Rows
from interpbench.models.train import Training
from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.network import Inputs
from interpbench.tracks.features.question import Wants
from interpbench.tracks.features.recipe import Recipe
from interpbench_tasks.features.networks import Null, PlannedTask, Tokens

CARRIED = 0.8
"""Least R^2 with which a ridge regression reads the fetched letters from the heads."""
ACCURATE = 0.999


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Every key stands somewhere with a letter; the query names a key, whose letter and whose followers' are wanted.

    Attributes:
        keys: each of them once an input, in any order; a token is a key with its letter.
        letters: that a key may have.
        fetched: how many letters are wanted: of the key that is named, of the next, and so on around.
        d_model: width of all heads together.
        heads: how many.
    """

    keys: int
    letters: int
    fetched: int = 2
    d_model: int = 32
    heads: int = 4

    @property
    def vocabulary(self) -> int:
        """Keys with letters, then queries."""
        return self.keys * self.letters + self.keys


LOOKUPS: Mapping[str, Lookup] = {
    "keys5_letters6": Lookup(keys=5, letters=6),
    "keys6_letters5": Lookup(keys=6, letters=5),
    "three_of4_letters6": Lookup(keys=4, letters=6, fetched=3, d_model=48, heads=6),
    "keys5_letters5": Lookup(keys=5, letters=5),
    "keys5_letters7": Lookup(keys=5, letters=7),
    "keys6_letters6": Lookup(keys=6, letters=6),
    "keys6_letters4": Lookup(keys=6, letters=4),
    "keys7_letters4": Lookup(keys=7, letters=4),
    "three_of4_letters5": Lookup(keys=4, letters=5, fetched=3, d_model=48, heads=6),
    "three_of5_letters4": Lookup(keys=5, letters=4, fetched=3, d_model=48, heads=6),
    "dev_keys4_letters6": Lookup(keys=4, letters=6),
    "dev_three_of4_letters4": Lookup(keys=4, letters=4, fetched=3, d_model=48, heads=6),
}
FIT = Training(learning_rate=3e-3, weight_decay=0.3, max_steps=1200, warm_up=50, decay=0.5)


@final
class AttentionFeaturesTask(PlannedTask):
    """One layer whose perceptron is one neuron wide, so that what is answered has to stand ready in the heads."""

    name = "attention_features"
    version = "1.0"
    kind: ClassVar[Kind] = Kind.ATTENTION_FEATURES
    sizes: ClassVar[Mapping[str, Sequence[tuple[str, Null]]]] = {
        "smoke": (("keys5_letters6", ""),),
        "dev": (("dev_keys4_letters6", ""), ("dev_three_of4_letters4", ""), ("dev_keys4_letters6", "untrained")),
        "quick": (
            ("keys5_letters6", ""),
            ("keys6_letters5", ""),
            ("three_of4_letters6", ""),
            ("keys5_letters6", "untrained"),
        ),
        "standard": (
            *((name, "") for name in LOOKUPS if not name.startswith("dev")),
            ("keys5_letters6", "untrained"),
            ("three_of4_letters5", "untrained"),
            ("keys7_letters4", "untrained"),
        ),
    }

    def planned(self, world: str, null: Null) -> Recipe:
        """As many latents as there are letters to be fetched, times the answers that they may be fetched for."""
        lookup = LOOKUPS[world]
        return Recipe(
            role=self.role(null),
            null=null,
            name=world,
            config=TransformerConfig(
                vocabulary=lookup.vocabulary,
                length=lookup.keys + 1,
                positions=(lookup.keys,),
                classes=lookup.letters**lookup.fetched,
                d_model=lookup.d_model,
                n_heads=lookup.heads,
                d_mlp=1,
            ),
            training=FIT,
            site="blocks.0.attn.hook_z",
            wants=Wants.CODES,
            size=lookup.fetched * lookup.letters,
            active=lookup.fetched,
            shown=4000,
            labelled=0,
            asked=1000,
        )

    def domain(self, recipe: Recipe) -> Domain:
        """Keys with letters, then a query; that each key stands once is not said."""
        lookup, config = LOOKUPS[recipe.name], recipe.config
        pairs = tuple(range(lookup.keys * lookup.letters))
        queries = tuple(range(len(pairs), lookup.vocabulary))
        return Domain(
            alphabets=(*((pairs,) * lookup.keys), queries), positions=config.positions, classes=config.classes
        )

    def draw(self, recipe: Recipe, count: int, rng: torch.Generator) -> Tokens:
        """Uniformly drawn letters, orders and queries."""
        lookup = LOOKUPS[recipe.name]
        order = torch.rand(count, lookup.keys, generator=rng).argsort(dim=1)
        letters = torch.randint(lookup.letters, (count, lookup.keys), generator=rng)
        query = torch.randint(lookup.keys, (count, 1), generator=rng) + lookup.keys * lookup.letters
        return torch.cat([order * lookup.letters + letters, query], dim=1)

    def batch(self, recipe: Recipe, count: int, rng: torch.Generator) -> Rows:
        """Inputs with their letters as one number."""
        lookup, tokens = LOOKUPS[recipe.name], self.draw(recipe, count, rng)
        place = lookup.letters ** torch.arange(lookup.fetched)
        return Rows(tokens=tokens, labels=(fetched(lookup, tokens) * place).sum(dim=1, keepdim=True))

    def inputs(self, recipe: Recipe, role: str, count: int, rng: torch.Generator) -> Inputs:
        """Inputs, with one variable an answer and letter: 1 where it is that letter."""
        del count, rng
        tokens, lookup = self.part(recipe, role), LOOKUPS[recipe.name]
        one_hot = F.one_hot(fetched(lookup, tokens), lookup.letters).flatten(1).double()
        return Inputs(tokens=tokens, at=torch.full((len(tokens),), lookup.keys), variables=one_hot)

    def variables(self, recipe: Recipe) -> tuple[str, ...]:
        """Answers and letters."""
        answers, letters = range(LOOKUPS[recipe.name].fetched), range(LOOKUPS[recipe.name].letters)
        return tuple(f"answer {answer} is {letter}" for answer in answers for letter in letters)

    def refusal(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """It answers, and heads carry each letter for its answer, whichever key it was fetched from."""
        if recipe.null:
            return None
        if measured["accuracy"] < ACCURATE:
            return f"{measured['accuracy']:.4f} of answers right, wanted {ACCURATE}"
        if measured["ceiling"] < CARRIED:
            return f"R^2 {measured['ceiling']:.3f} of what heads should carry, wanted {CARRIED}"
        return None


def fetched(lookup: Lookup, tokens: Tokens) -> Int[Tensor, "row answer"]:
    """The letters that are wanted."""
    pairs = tokens[:, : lookup.keys]
    keys, letters = pairs // lookup.letters, pairs % lookup.letters
    held = torch.zeros_like(letters).scatter(1, keys, letters)  # (row, key)
    named = tokens[:, lookup.keys :] - lookup.keys * lookup.letters
    return held.gather(1, (named + torch.arange(lookup.fetched)) % lookup.keys)
