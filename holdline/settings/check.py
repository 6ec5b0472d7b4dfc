"""What is allowed but deserves a look: secrets that cannot be read or are weak, addresses without encryption."""

from urllib.parse import urlsplit

from holdline.domain.address import is_workflow
from holdline.domain.incident import IncidentKind
from holdline.secrets import Secret, SecretUnreadable
from holdline.settings.leaves import leaves, secrets
from holdline.settings.tree import Settings
from holdline.settings.values import is_phone

_CHOSEN_BYTES = 24
# Secrets that the operator chooses; the others are made by a vendor.
_OURS = ("events", "genesys", "jsm", "servicenow", "salesforce", "azure_devops", "links", "operators")
_CHOSEN = (*(f"gateway.secrets.{name}" for name in _OURS), "operators.")
_ROUTING_KEY = 32
_PAGERS = ("pagerduty", "jsm", "twilio", "slack", "teams", "email")
_CONNECTORS = ("outlook.office.com", ".webhook.office.com")
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def check(settings: Settings) -> list[str]:
    """Read every secret once and return a sentence for each thing an operator should know or mend."""
    found = [_secret(path, secret) for path, secret in secrets(settings)]
    found += [_address(path, value) for path, value in leaves(settings) if path.endswith("_url")]
    found += [_readable(settings)]
    return [sentence for sentence in [*_absent(settings), *found] if sentence is not None]


def notices(settings: Settings) -> list[str]:
    """Return a sentence for each thing that may well be meant, and that an operator should know is so."""
    said = []
    if not settings.detection.sources:
        said.append("detection.sources: there are none, so nothing is polled: only what is pushed to us is noticed.")
    if settings.pagerduty is not None and settings.pagerduty.token is None:
        said.append(
            "pagerduty.token: there is none, so before the next tier is paged PagerDuty cannot be asked whether "
            "somebody has acknowledged; only its webhooks tell."
        )
    strangers = [] if settings.gateway.tickets.own_users else _strangers(settings)
    if strangers:
        said.append(
            f"gateway.tickets.own_users: there are none, and nothing else says whom Holdline is in "
            f"{' and '.join(strangers)}, so what it does to a ticket there may come back as a word."
        )
    return said


def _strangers(settings: Settings) -> list[str]:
    """The systems whose events we could not tell from our own doing; an issue at Jira names whoever created it."""
    heard = settings.gateway.secrets.model_dump(include={"servicenow", "salesforce", "azure_devops"})
    return [system for system, secrets in heard.items() if secrets and system not in settings.accounts()]


def _absent(settings: Settings) -> list[str]:
    """Say what an incident would have to do without."""
    missing = []
    if IncidentKind.TRUNK_FAILURE not in settings.runbooks:
        missing.append("runbooks.trunk_failure: there is none, so no incident is opened; name [pagerduty.services].")
    if settings.genesys is None:
        missing.append("genesys: there is no such section, so no trunk can be looked at and no route changed.")
    if not any(getattr(settings, name) for name in _PAGERS):
        others = ", ".join(f"[{name}]" for name in _PAGERS[1:-1])
        missing.append(f"pagerduty: neither this nor {others} or [{_PAGERS[-1]}] is there, so nobody can be paged.")
    return missing


def _secret(path: str, secret: Secret) -> str | None:
    try:
        value = secret.read()
    except SecretUnreadable as error:
        return f"{path}: {error}."
    if path.startswith(_CHOSEN) and len(value.encode()) < _CHOSEN_BYTES:
        return f"{path}: {secret} is shorter than {_CHOSEN_BYTES} bytes; make one with `openssl rand -hex 32`."
    if path.startswith("pagerduty.services") and len(value) != _ROUTING_KEY:
        return f"{path}: {secret} is not a routing key: those have {_ROUTING_KEY} characters."
    if path.endswith(".phone") and not is_phone(value):
        return f"{path}: {secret} is not a telephone number in international form, such as +43123456789."
    if path.startswith("teams.rooms"):
        return _workflow(path, secret, value) or _exposed(path, secret)
    return _exposed(path, secret)


def _exposed(path: str, secret: Secret) -> str | None:
    if secret.exposed:
        return f"{path}: everybody on this machine can read {secret}; chmod 600 it where you can."
    return None


def _workflow(path: str, secret: Secret, value: str) -> str | None:
    host = urlsplit(value).hostname or "" if "://" in value else ""
    if host.endswith(_CONNECTORS):
        return f"{path}: {secret} is an Office 365 connector, which Microsoft has retired; make a workflow instead."
    if not is_workflow(value):
        return f"{path}: {secret} is not the address of a workflow; copy it anew from Workflows in Teams."
    return None if urlsplit(value).scheme == "https" or host in _LOCAL else f"{path}: {secret} is not encrypted."


def _readable(settings: Settings) -> str | None:
    """Why somebody on the way could read letters."""
    email = settings.email
    if email is None or email.tls != "none" or email.host in _LOCAL:
        return None
    return f'email.tls: "none" gives letters, and the password, to whoever is on the way to {email.host}.'


def _address(path: str, value: object) -> str | None:
    parts = urlsplit(str(value))
    if value is None or parts.scheme == "https" or parts.hostname in _LOCAL:
        return None
    return f"{path}: {value} is not encrypted, and what travels over it can be read."
