"""The gateway on real sockets, before a real Temporal server."""
