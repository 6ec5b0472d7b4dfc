"""Every ticket system in every way that it can go wrong: one ticket for an incident."""
