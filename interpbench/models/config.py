"""Architectures: what a subject is made of, as data that fits in a manifest."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator


class Shape(BaseModel):
    """What every architecture shares: tokens in, logits out at the answer positions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vocabulary: int = Field(ge=1)
    length: int = Field(ge=1)
    positions: tuple[int, ...]
    classes: int = Field(ge=2)


class TransformerConfig(Shape):
    """A causal transformer with learned positions (TransformerLens' native model)."""

    kind: Literal["transformer"] = "transformer"
    n_layers: int = 1
    d_model: int = 64
    n_heads: int = 4
    d_mlp: int = 128
    activation: Literal["relu", "gelu"] = "relu"
    norm: Literal["none", "rms"] = "none"
    """In front of attention, neurons and logits: nothing, or the stream over its root mean square, without gains, so
    that a rotation of the stream changes nothing."""
    blocked: tuple[tuple[int, int], ...] = ()
    """(query, key) positions between which no head of any layer may attend, beside what causality forbids."""

    @model_validator(mode="after")
    def _attends(self) -> "TransformerConfig":
        for query, key in self.blocked:
            if not 0 <= key < query < self.length:
                raise ValueError(
                    f"blocked: got ({query}, {key}), wanted a query before {self.length} and a key before the query; "
                    "a position always sees itself"
                )
        return self

    @model_serializer(mode="wrap")
    def _sparing(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without fields at their first values, so that names hashed before there were these stay as they are."""
        document: dict[str, Any] = handler(self)
        for name, first in (("blocked", ()), ("norm", "none")):
            if getattr(self, name) == first:
                document.pop(name, None)
        return document

    @property
    def d_head(self) -> int:
        """Width of one head."""
        return self.d_model // self.n_heads


class MLPConfig(Shape):
    """One-hot inputs, one hidden layer, all answers at once."""

    kind: Literal["mlp"] = "mlp"
    d_mlp: int = 128
    activation: Literal["relu", "square"] = "relu"


class RecurrentConfig(Shape):
    """A gated recurrent unit that reads left to right."""

    kind: Literal["gru"] = "gru"
    d_model: int = 32


ModelConfig = Annotated[TransformerConfig | MLPConfig | RecurrentConfig, Field(discriminator="kind")]
"""Any architecture; the field `kind` tells which."""


class PromptedConfig(Shape):
    """A language model that has read rows as lines of a prompt. It can be asked; its weights are in no zoo."""

    kind: Literal["prompted"] = "prompted"
    model: str
    """Its name, and how its weights are stored."""
    shots: int = Field(ge=0)
    """Rows of the prompt."""


RecordedConfig = Annotated[
    TransformerConfig | MLPConfig | RecurrentConfig | PromptedConfig, Field(discriminator="kind")
]
"""Whatever a zoo may hold."""


def weighted(config: RecordedConfig) -> ModelConfig:
    """The architecture of a network whose parameters are at hand.

    Raises:
        TypeError: it is a prompted model, which has none here.
    """
    if isinstance(config, PromptedConfig):
        raise TypeError(f"{config.model} behind a prompt has no parameters here; only its task can ask it")
    return config
