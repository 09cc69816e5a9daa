"""Tasks of track circuits."""
