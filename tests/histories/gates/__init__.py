"""Recorded histories of the gate and of those who went through it."""
