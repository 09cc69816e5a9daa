"""Tracks: one package each, with its question, answer, key, and the functions that score them."""
