"""Track circuits: which components of a network carry a behaviour?"""
