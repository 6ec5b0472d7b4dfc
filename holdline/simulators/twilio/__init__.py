"""Twilio: messages out with signed status callbacks, signed messages in."""
