"""Recorded histories of detectors."""
