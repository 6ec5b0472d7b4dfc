"""The vocabulary and rules of incident response: pure, without I/O, clocks or logging."""
