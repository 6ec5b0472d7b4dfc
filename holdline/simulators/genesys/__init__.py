"""Genesys Cloud: login, platform API, a small world of sites and trunks, EventBridge deliveries."""
