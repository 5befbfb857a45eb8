"""`python -m ideas` is the `ideas` command."""

from ideas.commands import main

if __name__ == "__main__":
    main()
