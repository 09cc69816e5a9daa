"""The features track: recover the variables that activations hold."""
