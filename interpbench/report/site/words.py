"""What each track asks, in words for readers who never trained a network: texts lie in `words/`, one file a track."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from interpbench.plugins.manifest import read_yaml
from interpbench.tracks.registry import TRACKS

FOLDER = Path(__file__).parent / "words"


class Words(BaseModel):
    """A track in plain words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    question: str
    """In one sentence."""
    why: str
    """Why anybody would want to know."""
    example: tuple[str, ...]
    """A worked example, step by step."""
    truth: str
    """How the right answer is known."""
    score: str
    """How answers are scored, and what chance is."""
    limits: str
    """What a good score does not say."""


@cache
def words_of(track: str) -> Words | None:
    """The words of a track; None where nobody has written any."""
    path = FOLDER / f"{track}.yaml"
    return read_yaml(Words, path) if path.exists() else None


def question_of(track: str) -> str:
    """What a track asks, in a line."""
    words = words_of(track)
    if words is not None:
        return words.question
    return TRACKS[track].question if track in TRACKS else ""
