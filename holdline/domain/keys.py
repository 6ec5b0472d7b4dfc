"""Every id and idempotency key, minted here from incident, epoch, step and target, never from time or chance."""

import base64
import hashlib
import re
from typing import NamedTuple

from holdline.domain.incident import IncidentKind

_PREFIX = "incident/"
_DEDUP = "holdline"
_DERIVED = 24
_MARK = re.compile("[0-9a-f]{8}")
_REQUEST = re.compile("[0-9a-f]{32}")


def workflow_id(kind: IncidentKind, entity_id: str) -> str:
    """The one workflow of a cause: `incident/trunk_failure/<entity>` (S1.3)."""
    return f"{prefix(kind)}{entity_id}"


def prefix(kind: IncidentKind) -> str:
    """What the ids of all incidents of a kind begin with."""
    return f"{_PREFIX}{kind}/"


def mark(first_run: str) -> str:
    """What sets an episode apart from those of the same number on other days, by the id of its workflow's first run."""
    return first_run[:8]


class Incident(NamedTuple):
    """One episode of one cause. `opening` counts re-openings inside the re-open window, from 1."""

    workflow_id: str
    epoch: int
    opening: int = 1

    def effect(self, step: str, target: str = "") -> str:
        """The idempotency key of one outside effect: `incident:epoch:step:target`."""
        opening = f".{self.opening}" if self.opening > 1 else ""
        return ":".join(part for part in (self.workflow_id, f"{self.epoch}{opening}", step, target) if part)

    def page_key(self, round_: int) -> str:
        """The key PagerDuty folds pages by; tiers share it, a repeated round has its own so that it rings again."""
        return f"{_DEDUP}/{self.workflow_id.removeprefix(_PREFIX)}/{self.epoch}" + (f"/r{round_}" if round_ > 1 else "")

    def ticket_key(self, mark: str = "") -> str:
        """The correlation id of the one ticket of this episode; `workflow_of_page` reads it.

        `mark` tells it from an episode of the same number whose history the server has forgotten.
        """
        return f"{self.page_key(1)}/{mark}" if mark else self.page_key(1)

    def ticket_workflow(self, mark: str = "") -> str:
        """The workflow that keeps the ticket: `ticket/trunk_failure/<entity>/<epoch>/<mark>`.

        Without a mark, which older releases left out, it may be the keeper of an episode that the server has forgotten.
        """
        id = f"ticket/{self.workflow_id.removeprefix(_PREFIX)}/{self.epoch}"
        return f"{id}/{mark}" if mark else id

    def ack_code(self) -> str:
        """The six characters a person texts back; one for each opening, without letters that look alike."""
        return _code(f"{self.workflow_id}:{self.epoch}:{self.opening}")


def workflow_of_keeper(id: str) -> str:
    """The workflow id of the incident whose ticket a keeper keeps."""
    return f"{_PREFIX}{'/'.join(id.split('/')[1:3])}"


def workflow_of_page(key: str) -> tuple[str, int] | None:
    """The workflow id and epoch that a page key, or a ticket's, names, or None where it is not ours."""
    parts = key.split("/")
    if len(parts) not in (4, 5) or parts[0] != _DEDUP or not parts[3].isdecimal():
        return None
    if parts[1] not in set(IncidentKind) or not parts[2]:
        return None
    return f"{_PREFIX}{parts[1]}/{parts[2]}", int(parts[3])


def alias_of(key: str) -> str:
    """A page key as a vendor takes it that wants it within a path, where a slash is not everybody's."""
    return key.replace("/", "~")


def key_of_alias(alias: str) -> str:
    """The page key behind an alias; no part of a key has a tilde."""
    return alias.replace("~", "/")


def external_of(key: str) -> str:
    """A ticket's key as a vendor takes it that wants it within a path and reads dots there: slashes are colons."""
    return key.replace(":", "~c").replace(".", "~d").replace("/", ":")


def key_of_external(external: str) -> str:
    """The ticket's key behind an external id."""
    return external.replace(":", "/").replace("~d", ".").replace("~c", ":")


class PageEffect(NamedTuple):
    """What the effect of a page says: whose episode it belongs to, and which target was paged."""

    workflow_id: str
    epoch: int
    target: str


_PAGE_EFFECT = re.compile(
    r"(incident/[a-z_]+/[a-z0-9._:-]+?):(\d{1,9})(?:\.\d{1,9})?:page\.[^:]*:([a-z_]+:.+)", re.DOTALL
)


def page_of(effect: str) -> PageEffect | None:
    """Read the idempotency key of a page again, or None where it is none of ours."""
    found = _PAGE_EFFECT.fullmatch(effect)
    if found is None or found.group(1).split("/")[1] not in set(IncidentKind):
        return None
    return PageEffect(found.group(1), int(found.group(2)), found.group(3))


def mark_of_page(key: str) -> str:
    """The mark of a ticket's key, which tells its episode from one of the same number; empty where it has none."""
    last = key.rpartition("/")[2]
    return last if _MARK.fullmatch(last) and key.count("/") == 4 else ""


def label_of(key: str) -> str:
    """The label of a ticket where one holds no slash: `holdline-` and 24 hexadecimal characters of the key's digest."""
    return f"{_DEDUP}-{hashlib.sha256(key.encode()).hexdigest()[:_DERIVED]}"


def tag(effect: str) -> str:
    """Eight characters that mark an effect where a vendor has no slot for a key, such as the body of a text."""
    return hashlib.sha256(effect.encode()).hexdigest()[:8]


def request_id(event_id: str, effect: str) -> str:
    """The X-Request-ID of an outgoing call: derived from the event and the step (S3.15); 32 hexadecimal characters.

    The last eight seal the others, so that what our own calls cause is known by it again (S3.9).
    """
    derived = hashlib.sha256(f"{event_id}\n{effect}".encode()).hexdigest()[:_DERIVED]
    return derived + _seal(derived)


def minted(value: object) -> bool:
    """Whether a value is a request id of ours; a foreign one passes once in four thousand million."""
    if not isinstance(value, str) or not _REQUEST.fullmatch(value):
        return False
    return value[_DERIVED:] == _seal(value[:_DERIVED])


def _seal(derived: str) -> str:
    return tag(f"{_DEDUP} request {derived}")


_LONGEST_EVENT = 128


def poll_event(source: str, entity_id: str, tick: int) -> str:
    """The event id of what a detector says about an entity at a tick, in seconds: a repeat is the same event (S1.1)."""
    event = f"detector/{source}:{entity_id}:{tick}"
    return event if len(event) <= _LONGEST_EVENT else f"detector/{source}:{tag(entity_id)}:{tick}"


_ALPHABET = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def _code(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(digest).decode()[:6].translate(_ALPHABET)
