"""The commands about tickets."""
