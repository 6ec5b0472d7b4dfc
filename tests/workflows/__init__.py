"""The incident workflow's own promises: messages, continue-as-new, replay."""
