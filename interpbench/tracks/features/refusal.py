"""Which answers are none to a question, though their files are valid."""

from interpbench.tracks.features.answer import FeatureAnswer
from interpbench.tracks.features.question import Wants


def refusal(wants: Wants, asked: int, size: int, variables: int, answer: FeatureAnswer) -> str | None:
    """Why an answer is none, or None.

    Args:
        wants: what is asked for.
        asked: for how many inputs.
        size: latents that a dictionary may have.
        variables: to be predicted at each input.
        answer: as read from its file.
    """
    if answer.not_applicable is not None:
        return None
    given = {
        Wants.CODES: answer.active,
        Wants.PREDICTIONS: answer.predictions,
        Wants.SUPERPOSED: answer.p_superposed,
    }[wants]
    if given is None:
        return f"the question wants {wants.value}"
    if isinstance(given, list) and len(given) != asked:
        return f"{len(given)} inputs answered, {asked} asked"
    largest = max((index for row in answer.active or [] for index in row), default=-1)
    if largest >= size > 0:
        return f"latent {largest} of a dictionary that may have {size}"
    if any(len(row) != variables for row in answer.predictions or []):
        return f"wanted {variables} variables at each input"
    return None
