"""The section of Jira Service Management operations, which is also Opsgenie's."""

from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from holdline.domain.frozen import Rule
from holdline.secrets import Secret
from holdline.settings.values import PerMinute, PerSecond, Text, Url

_KEYS_ONLY_WRITE: Final = "api.atlassian.com"


class JsmAccount(Rule):
    """Who reads alerts: `https://api.atlassian.com/jsm/ops/api/<cloud id>`, an account's e-mail and its API token."""

    api_url: Url
    email: Text
    token: Secret


class Jsm(Rule):
    """Alerts by API integrations; `teams` maps a name to the key of its integration.

    For Opsgenie `url` is `https://api.opsgenie.com`, or `https://api.eu.opsgenie.com`; keys may read there. Those of
    Jira Service Management may not, so that it needs an `account`.
    """

    url: Url = "https://api.atlassian.com/jsm/ops/integration"
    teams: dict[str, Secret] = Field(default_factory=dict)
    account: JsmAccount | None = None
    requests_per_minute: PerMinute = 240
    requests_per_second: PerSecond = 10

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.teams and self.account is None and urlsplit(self.url).hostname == _KEYS_ONLY_WRITE:
            raise ValueError(
                "account is missing: the integration keys of Jira Service Management cannot read what became of an "
                "alert; write [jsm.account] with api_url, email and token"
            )
        return self
