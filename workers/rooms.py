"""The clients that carry messages to rooms and contacts, one for each vendor that is configured."""

from holdline.clients.mail import Mail, Server
from holdline.clients.network import Network
from holdline.clients.slack import Slack
from holdline.clients.teams import Teams
from holdline.domain.credential import Credential
from holdline.settings import Settings
from holdline.settings.rooms import Email

Carrier = Slack | Teams | Mail
"""Whatever carries messages."""


def carrier(vendor: Credential, settings: Settings, network: Network) -> Carrier | None:
    """The client of a vendor, or None where that is not configured or carries none."""
    match vendor:
        case Credential.SLACK:
            return _slack(settings, network)
        case Credential.TEAMS:
            return _teams(settings, network)
        case Credential.EMAIL:
            return _mail(settings, network)
        case _:
            return None


def _slack(settings: Settings, network: Network) -> Slack | None:
    section = settings.slack
    if section is None:
        return None
    return Slack(url=section.api_url, token=section.token.read, rooms=section.rooms, network=network)


def _teams(settings: Settings, network: Network) -> Teams | None:
    section = settings.teams
    if section is None:
        return None
    rooms = {name: address.read for name, address in section.rooms.items()}
    return Teams(rooms=rooms, ours=settings.gateway.public_url or "", network=network)


def _mail(settings: Settings, network: Network) -> Mail | None:
    section = settings.email
    if section is None:
        return None
    return Mail(
        _server(section),
        sender=section.from_address,
        contacts={name: contact.email for name, contact in settings.contacts.items() if contact.email},
        ours=settings.gateway.public_url or "",
        network=network,
    )


def _server(section: Email) -> Server:
    return Server(
        host=section.host,
        port=section.port,
        tls=section.tls,
        username=section.username,
        password=section.password.read if section.password else None,
    )
