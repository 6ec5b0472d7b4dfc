"""Durable incident runbooks for contact centres, on Temporal."""

__version__ = "0.1.0"
