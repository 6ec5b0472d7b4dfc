"""Promises of the simulators, with the vendors' own libraries as witnesses."""
