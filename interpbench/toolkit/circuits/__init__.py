"""Circuit tracing: what single components and edges of a transformer do, by gradients and by patching."""
