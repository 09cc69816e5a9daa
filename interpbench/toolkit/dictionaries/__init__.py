"""Dictionaries of features: sparse autoencoders of several kinds and transcoders, and what they must beat."""

from interpbench.toolkit.dictionaries.autoencoder import Autoencoders
from interpbench.toolkit.dictionaries.pursuit import matching_pursuit
from interpbench.toolkit.dictionaries.recipe import Kind, Recipe
from interpbench.toolkit.dictionaries.rivals import FITS, Dictionary
from interpbench.toolkit.dictionaries.train import train

__all__ = ["FITS", "Autoencoders", "Dictionary", "Kind", "Recipe", "matching_pursuit", "train"]
