"""The vendor clients: their judgement, their transport, and what is particular to each vendor."""
