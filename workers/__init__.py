"""The processes that run Holdline: the embedded server, the connection, the workers and their wiring."""
