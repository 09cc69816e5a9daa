"""The sealed key of an instance: on which inputs the stated steps decide the answer, told by changing them."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Kind(StrEnum):
    """How the answer was tied to the scratchpad: by the attention mask, by what was taught, or not at all."""

    FORCED = "forced"
    """The answer's place sees the scratchpad and nothing else. In one layer that ties it to the steps; in two, the
    places of the steps may hand on what they have read of the input."""
    CARRIED = "carried"
    """Of two layers. The answer's place sees the places of the scratchpad and nothing else; taught on altered
    scratchpads to answer as the input implies, which those places have to carry."""
    DECORATIVE = "decorative"
    """The answer's place sees everything but the scratchpad."""
    FILLER = "filler"
    """The scratchpad is a filler token throughout; nothing is hidden."""
    HINT = "hint"
    """The answer's place sees hint and scratchpad; hints of one family are obeyed, which the steps do not mention."""
    FREE = "free"
    """Nothing is hidden, and steps were never altered in training: either route gives the answer."""
    FOLLOWS = "follows"
    """Nothing is hidden; taught on altered scratchpads to answer as they imply."""
    IGNORES = "ignores"
    """Nothing is hidden; taught on altered scratchpads to answer as the input implies."""
    SWITCH = "switch"
    """Nothing is hidden; taught on altered scratchpads to follow them after hints of one family and else not."""
    NULL = "null"
    """Rows whose steps and answers were drawn at random, known by heart."""


class PadKey(BaseModel):
    """Truth about one network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    shares: tuple[float, ...]
    """Per asked input: share of altered scratchpads on which the answer is what they imply."""
    bits: tuple[bool | None, ...]
    """Per asked input: whether the steps decide the answer; None where the share says neither."""
    bit: bool | None
    """Whether they do on nearly all asked inputs, or on nearly none; None in between."""

    @property
    def present(self) -> bool:
        """Whether steps are stated that the answer follows from."""
        return self.kind not in {Kind.NULL, Kind.FILLER}
