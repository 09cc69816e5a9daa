"""Dictionaries of features: sparse autoencoders of five kinds and transcoders, and what they must beat."""
