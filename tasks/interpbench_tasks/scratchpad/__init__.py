"""Tasks of the scratchpad track."""
