"""A subject: the network in a question, as far as the method's tier lets it be seen."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NoReturn

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.config import ModelConfig
from interpbench.models.forward import Params, logits


class TierError(RuntimeError):
    """A method asked for something that its declared tier does not include."""


class Subject(ABC):
    """Tokens in, logits out; weights, activations and hooks where the tier includes them.

    A method gets the same type at every tier. What its tier lacks raises `TierError`, which names the tier to declare.
    """

    @abstractmethod
    def logits(self, tokens: Int[Tensor, "batch length"]) -> Float[Tensor, "batch answer k"]:
        """Logits at the answer positions, without gradient."""

    @property
    @abstractmethod
    def config(self) -> ModelConfig:
        """The architecture."""

    @property
    @abstractmethod
    def params(self) -> Params:
        """Parameter name -> tensor, without gradient. Do not write to them."""

    @property
    @abstractmethod
    def module(self) -> Any:
        """The hooked module: a `TransformerBridge` for transformers, a `HookedRootModule` for the others."""

    @property
    @abstractmethod
    def sites(self) -> tuple[str, ...]:
        """Hook names of the residual stream or hidden states, in order of computation."""

    @abstractmethod
    def activations(self, tokens: Int[Tensor, "batch length"], names: Sequence[str]) -> dict[str, Tensor]:
        """Activations by hook name, each as the hook gives it: (batch, position, ...)."""

    @property
    @abstractmethod
    def earlier(self) -> "Sequence[Subject]":
        """The network at earlier steps of its run, oldest first and in the same basis; empty where none is kept."""

    def predict(self, tokens: Int[Tensor, "batch length"]) -> Int[Tensor, "batch answer"]:
        """The most likely label at each answer position."""
        return self.logits(tokens).argmax(dim=-1)

    def functional(self, params: Mapping[str, Tensor], tokens: Tensor) -> Float[Tensor, "batch answer k"]:
        """Logits of the same architecture with other parameters; differentiable, works under `torch.func`."""
        return logits(self.config, dict(params), tokens)

    def run_with_hooks(
        self, tokens: Int[Tensor, "batch length"], hooks: Sequence[tuple[str, Callable[..., Any]]]
    ) -> Float[Tensor, "batch answer k"]:
        """Logits at the answer positions while `hooks` (name, function of activation and hook) are in place."""
        out: Tensor = self.module.run_with_hooks(tokens, fwd_hooks=list(hooks))
        return _at_answers(self.config, out)


class Network(Subject):
    """A subject whose weights are in the bundle."""

    def __init__(self, config: ModelConfig, params: Params, earlier: "Sequence[Network] | None" = None) -> None:
        self._config = config
        self._params = params
        self._earlier = earlier

    def logits(self, tokens: Int[Tensor, "batch length"]) -> Float[Tensor, "batch answer k"]:
        """Logits at the answer positions, without gradient."""
        with torch.no_grad():
            return logits(self._config, self._params, tokens)

    @property
    def config(self) -> ModelConfig:
        """The architecture."""
        return self._config

    @property
    def params(self) -> Params:
        """Parameter name -> tensor, without gradient. Do not write to them."""
        return self._params

    @property
    def earlier(self) -> Sequence[Subject]:
        """The network at earlier steps of its training run.

        Raises:
            TierError: below tier `checkpoints`.
        """
        if self._earlier is None:
            _refuse("earlier checkpoints", "weights", "checkpoints")
        return self._earlier

    @cached_property
    def module(self) -> Any:
        """The hooked module, built at the first use."""
        from interpbench.models.hooked import hooked

        return hooked(self._config, self._params)

    @property
    def sites(self) -> tuple[str, ...]:
        """Hook names of the residual stream or hidden states, in order of computation."""
        from interpbench.models.hooked import sites

        return sites(self._config)

    def activations(self, tokens: Int[Tensor, "batch length"], names: Sequence[str]) -> dict[str, Tensor]:
        """Activations by hook name in one pass, without gradient.

        Raises:
            KeyError: a name that this architecture does not have.
        """
        unknown = [name for name in names if name not in self.module.hook_dict]
        if unknown:
            raise KeyError(
                f"no activation {unknown[0]!r} in a {self._config.kind}; it has {sorted(self.module.hook_dict)}"
            )
        with torch.no_grad():
            _, cache = self.module.run_with_cache(tokens, names_filter=list(names))
        return {name: cache[name] for name in names}


class Hidden(Subject):
    """A subject of which only answers to queries are to be had (tier `behaviour`), or nothing (tier `data`)."""

    def __init__(
        self, tier: str, ask: Callable[[Int[Tensor, "batch length"]], Float[Tensor, "batch answer k"]] | None
    ) -> None:
        self._tier = tier
        self._ask = ask

    def logits(self, tokens: Int[Tensor, "batch length"]) -> Float[Tensor, "batch answer k"]:
        """Logits at the answer positions, from the proxy that serves and counts queries."""
        if self._ask is None:
            self._refuse("answers to queries", "behaviour")
        return self._ask(tokens)

    @property
    def config(self) -> ModelConfig:
        """Not part of this tier."""
        self._refuse("the architecture", "weights")

    @property
    def params(self) -> Params:
        """Not part of this tier."""
        self._refuse("weights", "weights")

    @property
    def module(self) -> Any:
        """Not part of this tier."""
        self._refuse("hooks", "weights")

    @property
    def sites(self) -> tuple[str, ...]:
        """Not part of this tier."""
        self._refuse("activations", "weights")

    def activations(self, tokens: Int[Tensor, "batch length"], names: Sequence[str]) -> dict[str, Tensor]:
        """Not part of this tier."""
        del tokens, names
        self._refuse("activations", "weights")

    @property
    def earlier(self) -> Sequence[Subject]:
        """Not part of this tier."""
        self._refuse("earlier checkpoints", "checkpoints")

    def _refuse(self, what: str, tier: str) -> NoReturn:
        _refuse(what, self._tier, tier)


def _refuse(what: str, tier: str, wanted: str) -> NoReturn:
    raise TierError(
        f"{what}: not part of tier {tier!r}, which this method declares; "
        f"declare `tier = Tier.{wanted.upper()}` to get them"
    )


def _at_answers(config: ModelConfig, out: Tensor) -> Tensor:
    """A bridge answers at every position; the other modules at the answer positions already."""
    return out[:, list(config.positions)] if config.kind == "transformer" else out
