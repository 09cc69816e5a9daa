"""Access tiers: what of a subject a method gets to see."""

from enum import StrEnum


class Tier(StrEnum):
    """Each tier includes those before it. The bundle is cut to the tier that the method declares."""

    DATA = "data"
    """Rows and domain; no model."""
    BEHAVIOUR = "behaviour"
    """Beside that, a proxy that answers queries and counts them."""
    WEIGHTS = "weights"
    """Beside that, weights, activations and gradients."""
    CHECKPOINTS = "checkpoints"
    """Beside that, weights along the training run."""

    def includes(self, other: "Tier") -> bool:
        """Whether this tier shows all that the other shows."""
        order = list(Tier)
        return order.index(self) >= order.index(other)
