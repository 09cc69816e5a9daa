"""Track `extraction`: data came from a program, a network was trained on it; write down the program."""
