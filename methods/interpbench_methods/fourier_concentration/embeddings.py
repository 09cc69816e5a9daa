"""Where the letters of an alphabet are embedded, in every architecture."""

from jaxtyping import Float
from torch import Tensor

from interpbench.models.data import Domain
from interpbench.models.subject import Subject


def letter_embeddings(subject: Subject, domain: Domain, least: int) -> list[Float[Tensor, "letter feature"]]:
    """One matrix for each different alphabet of at least `least` letters, its rows in the order of the letters.

    A perceptron embeds the letters of each position anew (the first-layer weights of their one-hot inputs), so there it
    is one matrix a position.
    """
    large = [(place, alphabet) for place, alphabet in enumerate(domain.alphabets) if len(alphabet) >= least]
    if subject.config.kind == "mlp":
        return [subject.params["embed.weight"][place, list(alphabet)] for place, alphabet in large]
    shared = subject.params["tok_embed.weight"]
    return [shared[list(alphabet)] for alphabet in dict.fromkeys(alphabet for _, alphabet in large)]
