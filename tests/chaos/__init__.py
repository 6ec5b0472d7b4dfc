"""Chaos: everything is killed at random while incidents run; `make chaos` prints what was left of each promise."""
