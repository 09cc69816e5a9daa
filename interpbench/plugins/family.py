"""Families of methods: who competes as interpretability, and who is the cheap rival that it must beat."""

from enum import StrEnum


class Family(StrEnum):
    """What kind of evidence a method rests on."""

    BOUNDS = "bounds"
    """Oracle and chance: harness-internal."""
    STATISTICS = "statistics"
    """Trivial scalars of weights and losses."""
    BEHAVIOURAL = "behavioural"
    """Running the model."""
    DATA_ONLY = "data-only"
    """Reading the data alone."""
    RIVALS = "rivals"
    """Retraining, synthesising, meta-classifiers: strong and cheap, without looking inside."""
    COT = "cot"
    """Chain of thought and language models: what is said of a model, or by it."""
    PROBING = "probing"
    """Probes on activations."""
    CIRCUITS = "circuits"
    """Patching and circuit discovery."""
    WEIGHTS = "weights"
    """Analysis of the weights, or of what they compute."""
    GRADIENT = "gradient"
    """Gradient-guided search."""
    SAE = "sae"
    """Sparse autoencoders and transcoders."""
    DICTIONARY = "dictionary"
    """Classical dictionaries: k-means, PCA, ICA, NMF, raw neurons: what a trained one has to beat."""
    SLT = "slt"
    """Singular learning theory."""
    INFLUENCE = "influence"
    """Outputs traced to training rows."""
    CAUSAL_ABSTRACTION = "causal-abstraction"
    """Alignment search."""
    AUTOMATA = "automata"
    """Automata extracted from hidden states, or from answers."""

    @property
    def rival(self) -> bool:
        """Whether its methods are what interpretability must beat."""
        return self in _RIVALS


_RIVALS = {
    Family.STATISTICS,
    Family.BEHAVIOURAL,
    Family.DATA_ONLY,
    Family.RIVALS,
    Family.COT,
    Family.DICTIONARY,
}
