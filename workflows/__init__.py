"""Durable logic without I/O: what Temporal runs."""
