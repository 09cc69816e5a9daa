"""Tasks of the extraction track."""
