"""A language model that read a rule's rows in its prompt: no network of this zoo, and no follower to the letter."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import final

import numpy as np
import torch
from jaxtyping import Int

from interpbench.models.config import PromptedConfig
from interpbench.models.forward import Params
from interpbench.models.names import digest
from interpbench.models.train import Trained
from interpbench.models.zoo import Manifest
from interpbench.theory import parse
from interpbench.toolkit.language.smollm import smollm
from interpbench.tracks.extraction.agree import fresh_inputs
from interpbench.tracks.extraction.family import ExtractionTask, Tokens
from interpbench.tracks.extraction.key import Kind
from interpbench.tracks.extraction.question import Labels, LabelsOnly
from interpbench.tracks.extraction.recipe import Recipe

from .candidates import candidates
from .reader import LanguageModel, Reader, prompt

FOLLOWS = 0.9
"""Least balanced accuracy against the rule, on inputs that the prompt does not show."""
GLANCE = 100
"""Inputs after which a rule that is far from that is given up."""
FAR = 0.75
"""Balanced accuracy on them below which it is: with .9 in truth, some four standard errors away for yes and no."""


@final
class Prompted(ExtractionTask):
    """SmolLM2 reads shown rows of a plain rule and names the label of further inputs; nothing is trained."""

    name = "prompted"
    version = "1.0"
    fresh = 350

    def __init__(
        self,
        manifest: Manifest | None = None,
        load: Callable[[str], Params] | None = None,
        model: Callable[[], LanguageModel] = smollm,
    ) -> None:
        """The language model is made ready when it is first asked, once for all prompts."""
        super().__init__(manifest, load)
        self._model = model
        self._lock = Lock()
        self._readers: dict[str, Reader] = {}

    def recipes(self, size: str) -> list[Recipe]:
        """All candidates."""
        assert size == "lm"
        return candidates()

    def kinds(self, recipe: Recipe, size: str) -> tuple[Kind, ...]:
        """Rows and answers, nothing in parts."""
        assert size == "lm"
        return (recipe.role,)

    def data_hash(self, recipe: Recipe) -> str:
        """Of the prompt."""
        return digest(prompt(self.rows(recipe)))

    def train(
        self, recipe: Recipe, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Nothing to do, and nothing to store."""
        del recipe, attempt, progress
        return {}, Trained(steps=0, loss=0.0, seconds=0.0)

    def predict(self, recipe: Recipe, params: Params, tokens: Tokens) -> Int[np.ndarray, " input"]:
        """What the language model says."""
        del params
        return np.asarray(self._reader(recipe)(torch.from_numpy(tokens))[:, 0].numpy())

    def shown(self, recipe: Recipe, suite_seed: str) -> LabelsOnly:
        """It can only be asked."""
        del suite_seed
        assert isinstance(recipe.config, PromptedConfig)

        def opened() -> Labels:
            return self._reader(recipe)

        return LabelsOnly(config=recipe.config, open=opened)

    def probed(self, recipe: Recipe) -> Tokens:
        """The inputs that the key speaks about, each once: every answer costs some 30 ms."""
        tokens = fresh_inputs(recipe.alphabets, (self.track, self.name, *recipe.world))[: self.fresh]
        _, first = np.unique(tokens, axis=0, return_index=True)
        return tokens[np.sort(first)]

    def measure(self, recipe: Recipe, params: Params) -> dict[str, float]:
        """How well the model follows the rule on inputs that the prompt does not show."""
        tokens = self.probed(recipe)
        in_prompt = set(map(tuple, self.rows(recipe).tokens.tolist()))
        tokens = tokens[[tuple(row) not in in_prompt for row in tokens.tolist()]]
        glance = self._followed(recipe, params, tokens[:GLANCE])
        return glance if glance["balanced"] < FAR else self._followed(recipe, params, tokens)

    def gate(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """A model that does not follow the rule is no subject of a question about it."""
        del recipe
        if measured["balanced"] >= FOLLOWS:
            return None
        return f"balanced accuracy {measured['balanced']:.4f} on {measured['asked']:.0f} inputs, wanted {FOLLOWS}"

    def _followed(self, recipe: Recipe, params: Params, tokens: Tokens) -> dict[str, float]:
        truth = parse(recipe.theory).run_many(tokens).integers()
        right = self.predict(recipe, params, tokens) == truth
        _, place, counts = np.unique(truth, return_inverse=True, return_counts=True)
        return {
            "asked": float(len(tokens)),
            "accuracy": float(right.mean()),
            "balanced": float((np.bincount(place, weights=right) / counts).mean()),
            "constant": float(counts.max() / len(tokens)),
        }

    def _reader(self, recipe: Recipe) -> Reader:
        with self._lock:
            if recipe.id not in self._readers:
                self._readers[recipe.id] = Reader(
                    model=self._model(), prompt=prompt(self.rows(recipe)), classes=recipe.classes
                )
            return self._readers[recipe.id]
