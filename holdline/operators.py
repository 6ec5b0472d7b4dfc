"""The operators of the configuration: who they are, what they may, and how they prove it (S3.11, S0.6)."""

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from holdline.domain.approval import Voice, proof
from holdline.ports import Decided, Unavailable
from holdline.secrets import Secret, SecretUnreadable


class OperatorRole(StrEnum):
    """What a person may do: an approver decides about proposals, an administrator may do everything."""

    OPERATOR = "operator"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"


_MAY_DECIDE = frozenset({OperatorRole.APPROVER, OperatorRole.ADMINISTRATOR})


@dataclass(frozen=True)
class Operator:
    """A person's token, roles, and the id that Slack knows them by."""

    token: Secret
    roles: frozenset[OperatorRole]
    slack: str | None = None


class ConfiguredOperators:
    """The port Operators over the configuration; tokens are read when they are used."""

    def __init__(self, operators: Mapping[str, Operator]) -> None:
        self._operators = operators

    async def refusal(self, voice: Voice, decision: Decided) -> str | None:
        """Compare the proof with what this operator's token makes of the same decision, in constant time."""
        operator = self._operators.get(decision.by)
        if operator is None:
            return f"there is no operator {decision.by} in the configuration"
        if not operator.roles & _MAY_DECIDE:
            return f"{decision.by} has not the role approver"
        try:
            token = await asyncio.to_thread(operator.token.read)
        except SecretUnreadable as error:
            raise Unavailable("Holdline", f"the token of {decision.by} cannot be read: {error}") from None
        wanted = proof(token, voice, decision.workflow_id, decision.proposal, decision.digest, decision.by)
        proved = hmac.compare_digest(wanted.encode(), decision.proof.encode())
        return None if proved else f"the token is not that of {decision.by}"
