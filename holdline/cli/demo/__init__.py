"""The demonstration: one incident from nothing to its end, on this machine."""
