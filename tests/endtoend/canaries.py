"""The credentials and telephone numbers of a rig: each is a canary that must be found nowhere."""

from pathlib import Path
from types import MappingProxyType
from typing import Final

from holdline.simulators.settings import (
    ACTING,
    POLLING,
    GenesysSettings,
    JsmSettings,
    JsmTeam,
    OAuthClient,
    PagerDutySettings,
    PagerService,
    ServiceNowSettings,
    TwilioSettings,
)

CLIENT_ID: Final = "3f1f5c0a-9f0b-4f7e-8a55-0c6d3b1e0009"
ALICE: Final = "+436601234567"
SENDER: Final = "+15005550006"
CALLER: Final = "+4917612345678"
STRANGER: Final = "+393331234567"

SECRETS: Final = MappingProxyType(
    {
        "genesys-client": "canary-genesys-client-secret-41",
        "genesys-events": "canary-genesys-event-token-42",
        "own-events": "canary-own-event-signing-key-43",
        "pagerduty-webhook": "canary-pagerduty-webhook-44",
        "pagerduty-token": "canary-pagerduty-rest-token-45",
        "primary": "canary0primary000000000000000046",
        "secondary": "canary0secondary0000000000000047",
        "manager": "canary0manager000000000000000048",
        "twilio": "canary-twilio-auth-token-49",
        "servicenow": "canary-servicenow-password-50",
        "jsm": "canary-jsm-integration-key-51",
        "jsm-webhook": "canary-jsm-webhook-header-52",
        "tracker": "canary-tracker-token-53",
    }
)
"""By the name of the file that holds it."""

NUMBERS: Final = (ALICE, SENDER, CALLER, STRANGER)
"""A contact, our own number, a caller whom an event mentions, and somebody who texts without being a contact."""


def write(folder: Path) -> None:
    """Write each secret, and the contact's number, into a file of its own."""
    folder.mkdir(mode=0o700)
    for name, value in {**SECRETS, "alice": ALICE}.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(f"{value}\n", encoding="utf-8")


def genesys(sites: int, queues: int = 3) -> GenesysSettings:
    """A Genesys organisation that knows our client."""
    may = POLLING | ACTING
    client = OAuthClient(id=CLIENT_ID, secret=SECRETS["genesys-client"], name="Holdline", permissions=may)
    return GenesysSettings(clients=(client,), sites=sites, queues=queues)


def pagerduty() -> PagerDutySettings:
    """A PagerDuty account with our services and token."""
    names = ("primary", "secondary", "manager")
    services = tuple(
        PagerService(id=f"PSVC00{number}", name=name, routing_key=SECRETS[name])
        for number, name in enumerate(names, start=1)
    )
    return PagerDutySettings(services=services, rest_token=SECRETS["pagerduty-token"])


def twilio() -> TwilioSettings:
    """A Twilio account with our number."""
    return TwilioSettings(auth_token=SECRETS["twilio"], numbers=(SENDER,))


def jsm() -> JsmSettings:
    """A site that knows our team."""
    return JsmSettings(teams=(JsmTeam(name="Voice", key=SECRETS["jsm"]),))


def servicenow() -> ServiceNowSettings:
    """An instance that knows our user."""
    return ServiceNowSettings(password=SECRETS["servicenow"])
