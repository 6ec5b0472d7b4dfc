"""The container files, read and run for real."""
