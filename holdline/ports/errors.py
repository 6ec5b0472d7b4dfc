"""The only errors that the outside may raise towards activities."""

from datetime import timedelta


class VendorError(Exception):
    """What went wrong at a vendor, in a sentence without secrets, bodies or caller numbers."""

    def __init__(self, vendor: str, reason: str) -> None:
        super().__init__(f"{vendor}: {reason}")
        self.vendor = vendor
        self.reason = reason


class Unavailable(VendorError):
    """The request was not processed (no connection, DNS, TLS handshake), or a read failed: try again."""


class Throttled(VendorError):
    """The request was refused for its rate and not processed; `retry_after` is the vendor's wish, if it had one."""

    def __init__(self, vendor: str, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(vendor, reason)
        self.retry_after = retry_after


class Rejected(VendorError):
    """The vendor understood and refused: the same request will be refused again. A human must look."""


class Invalid(Rejected):
    """The vendor refuses the content: a field that is missing, unknown, too long or forbidden by a rule of its own.

    With less in it, it may be taken.
    """


class Misconfigured(Rejected):
    """What is set up does not fit the vendor: a table, a project, a permission. Less content would not help."""


class CredentialsRefused(VendorError):
    """The credential is invalid, expired or lacks a permission; says which, never its value."""


class Conflict(VendorError):
    """Somebody else changed what we meant to change; nothing was overwritten."""


class OutcomeUnknown(VendorError):
    """The request may have been processed: the answer was lost, late, or was no receipt."""
