"""The sections of what people read: rooms at Slack."""

from typing import Annotated

from pydantic import AfterValidator, Field

from holdline.domain.frozen import Rule
from holdline.secrets import Secret
from holdline.settings.values import PerMinute, PerSecond, Url


def _channel(value: str) -> str:
    if value[:1] not in ("C", "G") or not value.isascii() or not value.isalnum() or value != value.upper():
        raise ValueError("write the channel's id, such as C0123456789, not its name")
    return value


ChannelId = Annotated[str, AfterValidator(_channel)]
"""The id of a Slack channel, which stays when the channel is renamed."""


class Slack(Rule):
    """One Slack app: its bot token (`xoxb-…`), and the channel behind the name of each room.

    Slack takes about one message a second in a channel (S3.12).
    """

    api_url: Url = "https://slack.com/api"
    token: Secret
    rooms: dict[str, ChannelId] = Field(default_factory=dict)
    requests_per_minute: PerMinute = 60
    requests_per_second: PerSecond = 5
