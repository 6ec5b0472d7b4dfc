"""Slack: channels and messages behind the Web API, and buttons that people press."""
