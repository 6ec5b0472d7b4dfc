"""The command line of an operator: one file for each group of commands."""
