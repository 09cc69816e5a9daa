"""Rules that the shown rows determine, and rows without a rule."""

from typing import final

from interpbench.models.config import ModelConfig, RecurrentConfig, TransformerConfig
from interpbench.models.names import numpy_generator
from interpbench.models.train import Training
from interpbench.tracks.extraction.family import ExtractionTask
from interpbench.tracks.extraction.key import Kind
from interpbench.tracks.extraction.recipe import Recipe
from interpbench.tracks.extraction.rules import KINDS, Rule, draw

LENGTH, LETTERS, SHOWN = 8, 6, 500
NODES = (5, 40)
"""Syntax nodes of a rule."""
FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=2500, warm_up=50, decay=0.5, stop_loss=3e-4)
BY_HEART = Training(learning_rate=3e-3, weight_decay=0.0, max_steps=2500, stop_loss=1e-3)
COUNTS = {"smoke": (1, 1), "quick": (5, 10), "standard": (8, 16)}
"""Size -> rules of each kind, and networks without a rule."""
RECURRENT = {"automata", "counting"}
"""Kinds of which a recurrent network learns some, too."""


def _transformer(classes: int) -> ModelConfig:
    return TransformerConfig(
        vocabulary=LETTERS,
        length=LENGTH,
        positions=(LENGTH - 1,),
        classes=classes,
        n_layers=1,
        d_model=64,
        n_heads=4,
        d_mlp=256,
    )


def _gru(classes: int) -> ModelConfig:
    return RecurrentConfig(vocabulary=LETTERS, length=LENGTH, positions=(LENGTH - 1,), classes=classes, d_model=48)


@final
class Plain(ExtractionTask):
    """Each network learnt one rule of the grammar, from the shown rows and from many that nobody is shown."""

    name = "plain"
    version = "1.0"

    def recipes(self, size: str) -> list[Recipe]:
        """The networks of a size; smaller sizes are parts of larger ones."""
        rules, nulls = COUNTS[size]
        out = []
        for number in range(rules):
            for kind in KINDS:
                rng = numpy_generator(self.track, self.name, kind, number)
                rule = draw(kind, rng, length=LENGTH, letters=LETTERS, sizes=NODES)
                out.append(self._recipe_of(rule, number, "transformer", _transformer(rule.classes)))
                if kind in RECURRENT and number % 2 == 0:
                    out.append(self._recipe_of(rule, number, "gru", _gru(rule.classes)))
        return [*out, *(self._without(number) for number in range(nulls))]

    def within(self, recipe: Recipe, size: str) -> bool:
        """By its number among the rules of its kind, or among the networks without a rule."""
        return recipe.number < COUNTS[size][recipe.role is Kind.NULL]

    def _recipe_of(self, rule: Rule, number: int, stratum: str, config: ModelConfig) -> Recipe:
        return Recipe(
            role=Kind.PLAIN,
            name=rule.kind,
            stratum=stratum,
            config=config,
            number=number,
            theory=str(rule.theory),
            alphabets=rule.alphabets,
            classes=rule.classes,
            shown=SHOWN,
            training=FIT,
        )

    def _without(self, number: int) -> Recipe:
        classes = 2 + number % 4
        return Recipe(
            role=Kind.NULL,
            name="random",
            stratum="transformer",
            config=_transformer(classes),
            number=number,
            theory="def rule(x):\n    return 0\n",
            alphabets=(tuple(range(LETTERS)),) * LENGTH,
            classes=classes,
            shown=SHOWN,
            training=BY_HEART,
        )
