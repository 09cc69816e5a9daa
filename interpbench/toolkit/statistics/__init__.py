"""Scalar statistics of weights, losses and margins, one subject a file."""
