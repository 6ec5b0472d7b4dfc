"""A mail server: SMTP on a socket of its own, every way in which it refuses, and the letters that it took."""
