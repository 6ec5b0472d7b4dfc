"""Jira Service Management operations and Opsgenie: orders that are taken first and carried out later."""
