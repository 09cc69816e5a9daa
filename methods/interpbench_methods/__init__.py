"""Methods that ship with InterpBench: one package a method, plug-ins like anybody's."""
