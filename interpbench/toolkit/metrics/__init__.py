"""Weighted metrics that tracks reduce their cells with; one metric a file, each a pure function of arrays."""
