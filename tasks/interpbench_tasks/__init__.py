"""Tasks that ship with InterpBench: one folder a track, one package a task."""
