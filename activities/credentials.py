"""Preflight: is a credential valid, and may it do what it will be used for? (S1.9)"""

from datetime import UTC, datetime

from temporalio import activity

from activities.failures import vendor_failures
from holdline.domain.credential import Credential, proven, refused
from holdline.domain.entity import Entity
from holdline.domain.incident import Severity
from holdline.domain.observation import Observation
from holdline.ports import Call, Credentials, CredentialsRefused


class Preflight:
    """Proves one vendor's credential, and reads it like an entity; `permissions` is all it will ever need."""

    def __init__(self, credential: Credential, credentials: Credentials, permissions: tuple[str, ...] = ()) -> None:
        self._credential = credential
        self._credentials = credentials
        self._permissions = permissions

    async def read(self, entity: Entity, call: Call) -> Observation:  # noqa: ARG002 - there is one here
        """Observe the credential now. Raises the errors that prove nothing about it."""
        at = datetime.now(UTC)
        event_id = f"read:{call.request_id}:{at:%Y%m%dT%H%M%S.%fZ}"
        try:
            await self._credentials.prove(self._permissions, call)
        except CredentialsRefused as error:
            return refused(self._credential, str(error), Severity.HIGH, event_id, at)
        return proven(self._credential, event_id, at)

    @activity.defn(name="check_credential")
    async def check(self, call: Call) -> Observation:
        """The same as an activity of its own, for the check by the clock."""
        with vendor_failures():
            return await self.read(self._credential.entity, call)
