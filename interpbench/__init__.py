"""InterpBench compares interpretability methods on questions about networks whose answers are known."""

__version__ = "0.1"
