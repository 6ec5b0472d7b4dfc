"""Jira Cloud: issues, their comments and their ways, and a search that lags behind."""
