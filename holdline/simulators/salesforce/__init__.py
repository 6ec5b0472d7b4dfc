"""Salesforce: cases by the REST API, with upsert by external id, comments, queries and its own codes of error."""
