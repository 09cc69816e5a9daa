"""`python -m interpbench`."""

from interpbench.cli import main

if __name__ == "__main__":
    main()
