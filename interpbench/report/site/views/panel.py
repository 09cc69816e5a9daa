"""What a plug says about single questions: pieces of HTML, by instance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from interpbench.run.execute import Runner
    from interpbench.run.judged import JudgedTrack


@dataclass(frozen=True, kw_only=True)
class Panels:
    """Pieces of HTML that are shown when somebody looks at a single answer.

    Attributes:
        questions: task -> instance -> the question with its truth.
        answers: row -> instance -> the answer beside the truth.
    """

    questions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class View(Protocol):
    """A plug: from what was judged to what is shown of it."""

    def __call__(self, runner: "Runner", of: "JudgedTrack", /) -> Panels:
        """Pieces for every question and answer of a track.

        Args:
            runner: with the store of keys and questions.
            of: judged cells and answers.
        """
