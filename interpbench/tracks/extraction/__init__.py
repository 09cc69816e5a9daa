"""Track extraction: data came from a program, a network learnt it; write down the program."""
