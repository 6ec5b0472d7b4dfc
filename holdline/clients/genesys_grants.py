"""What a Genesys Cloud OAuth client may do: the roles of the caller with their permissions.

https://developer.genesys.cloud/devapps/api-explorer (Authorization, `subjects/me`; no permission is needed).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document
from holdline.clients.wire import Attempt
from holdline.ports import Call, CredentialsRefused

_ME: Final = "/api/v2/authorization/subjects/me"
_ANY: Final = "*"


class Policy(Document):
    """Actions on an entity of a domain; a star stands for all."""

    domain: str
    entity_name: str
    actions: tuple[str, ...] = ()

    def grants(self, permission: str) -> bool:
        """Whether it includes `domain:entity:action`."""
        domain, entity, action = permission.split(":")
        right = self.domain == domain and self.entity_name in (entity, _ANY)
        return right and any(each in (action, _ANY) for each in self.actions)


class Role(Document):
    """A role; its policies may be left out where it has none."""

    policies: tuple[Policy, ...] | None = None


class Grant(Document):
    """A role in a division."""

    role: Role | None = None


class Subject(Document):
    """The caller."""

    id: str
    grants: tuple[Grant, ...] | None = None

    def policies(self) -> Iterator[Policy]:
        """Every policy of every role."""
        for grant in self.grants or ():
            yield from (grant.role.policies or ()) if grant.role else ()


class GenesysGrants:
    """The port Credentials over the platform API; `begin` says how fresh the proof must be."""

    def __init__(self, vendor: str, begin: Callable[[Call], Attempt]) -> None:
        self._vendor = vendor
        self._begin = begin

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:
        """Log in where needed, read the caller's roles, and compare."""
        subject = await self._begin(call).read(Ask(method="GET", route=_ME), Subject)
        lacking = _lacking(permissions, tuple(subject.policies()))
        if lacking:
            raise CredentialsRefused(self._vendor, f"the OAuth client lacks {', '.join(lacking)}")


def _lacking(permissions: Iterable[str], policies: tuple[Policy, ...]) -> list[str]:
    """What none of the policies grants; `a or b` is granted by either."""
    granted = [
        each for each in permissions if any(policy.grants(one) for one in each.split(" or ") for policy in policies)
    ]
    return [each for each in permissions if each not in granted]
