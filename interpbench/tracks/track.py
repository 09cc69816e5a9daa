"""The contract of tracks: how a method is asked, how its answer is read, and what it is worth."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel

from interpbench.bundle.folder import Bundle
from interpbench.bundle.tier import Tier
from interpbench.tracks.claim import Claim
from interpbench.tracks.context import Context
from interpbench.tracks.instance import Ref, ScoredCell
from interpbench.tracks.presented import Ask


class Asks(Protocol):
    """What a track's module `within` defines, and all of it that runs in a cell."""

    def __call__(self, method: Any, bundle: Bundle, ask: Ask | None, ctx: Context, /) -> bytes:
        """Puts the question to a method and gives the content of the answer file."""


class Track(Protocol):
    """One question with one answer format and one score.

    What a cell runs is not here but in the track's modules `within` (see `Asks`) and `enter`, and what answers queries
    in its `question`: their source is part of an answer's hash, and that of scores and keys is not. A question has
    `served()`, what is behind the query socket.

    A score is `judge` (one instance, deterministic) and then `reduce` (a set of them), because most metrics belong to a
    set. Chance, ceiling and bootstrap act on `reduce`.
    """

    name: ClassVar[str]
    headline: ClassVar[str]
    """The metric that methods are ordered by."""
    metrics: ClassVar[Mapping[str, "Metric"]]
    """All metrics of `reduce`, in the order of the board's columns."""
    parts: ClassVar[Sequence[str]]
    """The metrics that the headline is the mean of, in the order of the board."""
    beside: ClassVar[Sequence[str]]
    """Metrics that stand beside these where access tiers are compared."""
    scatter: ClassVar[tuple[str, str] | None]
    """Two metrics that a figure of the report shows against each other, if any."""
    claims: ClassVar[Sequence[Claim]]
    """Published claims that its pairs can test."""

    def bundle(self, question: Any, tier: Tier, study: bytes | None) -> Bundle:
        """A question, cut to a tier."""

    def study_bundle(self, question: Any) -> Bundle:
        """What of a question may be studied once for all units that share it."""

    def read_answer(self, content: bytes) -> BaseModel:
        """Validates an answer file.

        Raises:
            InvalidDocument: it breaks the schema.
        """

    def refuse(self, question: Any, answer: BaseModel) -> str | None:
        """What makes a valid answer file no answer to this question, or None."""

    def oracle(self, task: Any, unit: str, suite_seed: str) -> bytes:
        """The answer file of one who knows the key, about a unit as the suite disguises it."""

    def opened(self, task: Any, ref: Ref, key: Any) -> Any:
        """What answers to an instance are held against: its key, and what else of the task judging needs.

        All answers to an instance are judged before those to the next: what is costly may be made at the first, and let
        go at the next instance.
        """

    def judge(
        self, ref: Ref, key: Any, answers: Mapping[str, BaseModel | None], calibration: BaseModel | None
    ) -> ScoredCell:
        """What the answers about an instance's units are worth; a missing answer scores chance."""

    def reduce(
        self, cells: Sequence[ScoredCell], weights: Float[np.ndarray, "replicate cell"]
    ) -> dict[str, Float[np.ndarray, " replicate"]]:
        """Metrics of a set of instances under each row of multiplicities; NaN where there is too little data."""

    def guess(self, refs: Sequence[Ref], rng: np.random.Generator) -> dict[str, BaseModel]:
        """A random answer for every unit, for the chance row."""

    def calibrate(
        self, cells: Sequence[tuple[Ref, Any, Mapping[str, BaseModel | None]]], suite: str, *, sign_given: bool
    ) -> BaseModel:
        """Fits the fixed scale from answers on suite `dev`, and the sign unless the method gives it."""

    def read_key(self, document: Mapping[str, Any]) -> Any:
        """A key from the sealed part of the store."""

    @property
    def oracle_calibration(self) -> BaseModel:
        """The scale on which the key itself is read."""

    def read_calibration(self, document: Mapping[str, Any]) -> BaseModel:
        """A calibration from `method.yaml`."""


class Metric(BaseModel):
    """What a metric means."""

    title: str
    about: str
    chance: float
    """Score of an answer that knows nothing; exact."""
    ceiling: float
    """Best possible score."""
    lowest: float = 0.0
    """Worst possible score of what rises, best of what falls: where an interval ends."""
    highest: float = 1.0
    """The other end."""
    percent: bool = False
    kinds: tuple[str, ...] = ()
    """Kinds of instances that it uses; none means all."""
