"""Track generalization: two networks get every shown row right; which one generalises?"""
