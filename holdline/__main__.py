"""`python -m holdline` is the command `holdline`."""

from holdline.cli.early import entry

if __name__ == "__main__":
    entry()
