"""The sections of what people read: rooms at Slack and Teams, letters by e-mail."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from holdline.domain.frozen import Rule
from holdline.secrets import Secret
from holdline.settings.values import EmailAddress, PerMinute, PerSecond, Port, Text, Url


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


class Teams(Rule):
    """The address of the workflow that posts into each room; whoever has it can post there, so it is a secret."""

    rooms: dict[str, Secret] = Field(default_factory=dict)
    requests_per_minute: PerMinute = 60
    requests_per_second: PerSecond = 5


class Email(Rule):
    """One mail server and the address that letters come from; `password` belongs to `username`.

    `starttls` goes on encrypted on the same port and gives nothing away where it cannot, `implicit` is encrypted from
    the first byte (port 465), `none` is for a server on the same machine.
    """

    host: Text
    port: Port = 587
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    username: Text | None = None
    password: Secret | None = None
    from_address: EmailAddress
    requests_per_minute: PerMinute = 60
    requests_per_second: PerSecond = 5

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together: set both, or neither where the server wants no log-in")
        return self
