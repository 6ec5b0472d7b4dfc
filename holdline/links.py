"""Signed links: who holds one may give one order about one episode of an incident, once, for half an hour.

A token is `<base64url of what it says>.<base64url HMAC-SHA256 of that>`. It says the person, the order, the workflow,
its epoch and opening, when it ends, for a decision the proposal and the digest of its plan, and the episode's mark.
"""

import base64
import hashlib
import hmac
import json
from binascii import Error
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import Field, ValidationError, model_validator

from holdline.domain.button import Button
from holdline.domain.frozen import Frozen
from holdline.domain.observation import Instant
from holdline.domain.text import Name

GOOD_FOR: Final = timedelta(minutes=30)
PATH: Final = "/v1/links/"
_LONGEST: Final = 2000
_ABOUT: Final = b"holdline-link\n"


class Link(Frozen):
    """What a link is good for; `expires_at` to the second. Of an older release it names no `episode`."""

    person: Name = Field(min_length=1)
    order: Button
    workflow_id: str = Field(min_length=1, max_length=300)
    epoch: int = Field(ge=1)
    opening: int = Field(default=1, ge=1)
    expires_at: Instant
    proposal: str = Field(default="", max_length=400)
    digest: str = Field(default="", max_length=100)
    episode: str = Field(default="", max_length=64)

    @model_validator(mode="after")
    def _whole(self) -> "Link":
        if self.order.decides and not (self.proposal and self.digest):
            raise ValueError("a decision names its proposal and the digest of its plan")
        return self


class NotTrue(ValueError):
    """No live secret of ours has made this token."""


class Links:
    """Makes links. `secrets` reads the live ones, of which the first signs; `base` is the gateway's public address."""

    def __init__(self, secrets: Callable[[], Sequence[str]], base: str) -> None:
        self._secrets = secrets
        self._base = base.rstrip("/")

    def url(
        self,
        person: str,
        order: Button,
        *,
        workflow_id: str,
        epoch: int,
        opening: int,
        at: datetime,
        proposal: str = "",
        digest: str = "",
        episode: str = "",
    ) -> str:
        """The address for a person and an order, good for half an hour from `at`: the same again for the same.

        May raise OSError where no secret can be read, and ValueError for a decision without its plan.
        """
        link = Link(
            person=person,
            order=order,
            workflow_id=workflow_id,
            epoch=epoch,
            opening=opening,
            expires_at=at + GOOD_FOR,
            proposal=proposal,
            digest=digest,
            episode=episode,
        )
        return f"{self._base}{PATH}{mint(link, self._secrets()[0])}"


def mint(link: Link, secret: str) -> str:
    """The token of a link, signed by one secret."""
    said = [
        link.person,
        link.order.value,
        link.workflow_id,
        link.epoch,
        link.opening,
        int(link.expires_at.timestamp()),
        *((link.proposal, link.digest) if link.order.decides or link.episode else ()),
        *((link.episode,) if link.episode else ()),
    ]
    body = _encoded(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{body}.{_seal(body, secret.encode())}"


def read(token: str, secrets: Sequence[bytes]) -> Link:
    """What a token says, whether or not its time has come. Raises NotTrue."""
    body, _, seal = token.partition(".")
    if len(token) > _LONGEST or not body.isascii() or not seal.isascii():
        raise NotTrue
    if not any(hmac.compare_digest(_seal(body, secret), seal) for secret in secrets):
        raise NotTrue
    try:
        return _link(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    except (Error, ValueError, TypeError, OverflowError, OSError, ValidationError):
        # Ours, and in the form of another release.
        raise NotTrue from None


def digest_of(token: str) -> str:
    """Thirty-two characters that stand for a token and give nothing of it away."""
    return hashlib.sha256(_ABOUT + token.encode()).hexdigest()[:32]


def _link(said: list[object]) -> Link:
    person, order, workflow_id, epoch, opening, expires, *more = said
    proposal, digest, episode = more + [""] * (3 - len(more))
    return Link.model_validate(
        {
            "person": person,
            "order": order,
            "workflow_id": workflow_id,
            "epoch": epoch,
            "opening": opening,
            "expires_at": datetime.fromtimestamp(float(str(expires)), UTC),
            "proposal": proposal,
            "digest": digest,
            "episode": episode,
        }
    )


def _seal(body: str, secret: bytes) -> str:
    return _encoded(hmac.digest(secret, _ABOUT + body.encode(), "sha256"))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
