"""Every channel in every way that it can go wrong: somebody is told, once, or by the next channel."""
