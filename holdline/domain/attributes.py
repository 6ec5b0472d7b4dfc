"""The search attributes an operator filters incidents by (O.1); names are persisted and never change."""

from typing import Final

STATE: Final = "HoldlineState"
SEVERITY: Final = "HoldlineSeverity"
ENTITY: Final = "HoldlineEntity"
SITE: Final = "HoldlineSite"
ACKED_BY: Final = "HoldlineAckedBy"
ACK_CODE: Final = "HoldlineAckCode"
TIER: Final = "HoldlineTier"
EPOCH: Final = "HoldlineEpoch"
RETRIES: Final = "HoldlineRetries"

KEYWORDS: Final = (STATE, SEVERITY, ENTITY, SITE, ACKED_BY, ACK_CODE)
INTEGERS: Final = (TIER, EPOCH, RETRIES)
