"""The vendors behind the ports: one file for each, over one transport and one table of errors."""
