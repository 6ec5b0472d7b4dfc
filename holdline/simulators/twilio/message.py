"""A message, and the resource that the API shows of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdline.simulators.clock import rfc2822

VERSION = "2010-04-01"
SEGMENT = 160


@dataclass(frozen=True)
class Message:
    """An outbound message; `sent` is None until it left."""

    sid: str
    account: str
    to: str
    sender: str | None
    messaging_service: str | None
    body: str
    callback: str | None
    created: datetime
    updated: datetime
    status: str
    sent: datetime | None = None
    error_code: int | None = None

    @property
    def uri(self) -> str:
        """Its path."""
        return f"/{VERSION}/Accounts/{self.account}/Messages/{self.sid}.json"

    def resource(self) -> dict[str, Any]:
        """The Message resource."""
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "api_version": VERSION,
            "body": self.body,
            "to": self.to,
            "from": self.sender,
            "messaging_service_sid": self.messaging_service,
            "status": self.status,
            "direction": "outbound-api",
            "error_code": self.error_code,
            "error_message": "Delivery failed" if self.error_code else None,
            "num_media": "0",
            "num_segments": str(-(-len(self.body) // SEGMENT)),
            "price": None,
            "price_unit": "USD",
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.updated),
            "date_sent": rfc2822(self.sent) if self.sent else None,
            "uri": self.uri,
            "subresource_uris": {"media": self.uri.replace(".json", "/Media.json")},
        }
