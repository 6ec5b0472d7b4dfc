"""The commands about the gate."""
