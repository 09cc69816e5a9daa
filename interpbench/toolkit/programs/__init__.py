"""Small programs over a token sequence: their syntax and evaluation, and the search for the smallest that fits."""
