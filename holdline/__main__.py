"""`python -m holdline` is the command `holdline`."""

from holdline.cli.main import entry

if __name__ == "__main__":
    entry()
