"""The command line as an operator meets it: real commands, real processes, a real Temporal server."""
