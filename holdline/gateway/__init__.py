"""HTTP in: webhooks become events in a journal, answered when durable, and drained from there to Temporal."""
