"""Fifty incidents in one second: `make fifty` prints how many changes were made at once, and who waited for whom."""
