"""Notification channels: REST to open and subscribe them, and a real WebSocket behind each."""
