"""What the tests share: a Temporal server in real and in virtual time."""
