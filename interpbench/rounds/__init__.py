"""Ranked rounds: fresh networks from a secret salt, committed to before any answer, opened afterwards."""
