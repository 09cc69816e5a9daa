"""Tasks of track features."""
