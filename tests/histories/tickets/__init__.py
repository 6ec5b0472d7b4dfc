"""Recorded histories of the keepers of tickets."""
