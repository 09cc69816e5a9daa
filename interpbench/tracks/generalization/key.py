"""The sealed key of an instance."""

from pydantic import BaseModel, ConfigDict

from interpbench.tracks.generalization.recipe import Kind


class PairKey(BaseModel):
    """Truth about a pair, on inputs that neither network trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    test_a: float
    test_b: float

    @property
    def differ(self) -> bool:
        """Whether there is anything to find."""
        return self.kind is not Kind.NULL

    @property
    def a_generalises(self) -> bool:
        """Whether a is the better one."""
        return self.test_a > self.test_b


class RunKey(BaseModel):
    """Truth about a checkpoint: what became of its run, on inputs that the run was not trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    test: float
    """Test accuracy at the end of the run."""
    step: int
    """Where the checkpoint stands."""
    arrival: int | None
    """First stored step at which the run generalises; None if it ends as a memoriser."""
    last: int
    """Where the run ends."""

    @property
    def generalises(self) -> bool:
        """Whether the run ends as a generaliser."""
        return self.arrival is not None


class GradedKey(BaseModel):
    """Truth about one network, on inputs that it did not train on, with the covariates that a rank must beat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    test: float
    log_norm: float
    log_loss: float
    n_train: float
