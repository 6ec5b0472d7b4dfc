"""The notification channel as a source: a socket that is kept alive, and heard like any other delivery."""
