"""`python -m advocacy.cli`: the same as the command `advocacy`."""

from advocacy.cli import main

if __name__ == "__main__":
    main(prog_name="advocacy")
