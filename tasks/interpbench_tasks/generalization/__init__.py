"""Families of the generalization track."""
