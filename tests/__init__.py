"""Holdline's tests."""
