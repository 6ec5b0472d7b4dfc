"""Who says it? An approval counts when its giver has proved who they are and may give it (S3.11)."""

from temporalio import activity

from activities.failures import vendor_failures
from holdline.domain.approval import Voice
from holdline.domain.frozen import Frozen
from holdline.ports import Decided, Operators


class Checking(Frozen):
    """A decision to check."""

    voice: Voice
    decided: Decided


class Checked(Frozen):
    """The sentence why it does not count, or None."""

    refusal: str | None = None


class Approvals:
    """Checks decisions against the operators of the configuration."""

    def __init__(self, operators: Operators) -> None:
        self._operators = operators

    @activity.defn(name="check_approval")
    async def check(self, checking: Checking) -> Checked:
        """Find out whether the person may decide."""
        with vendor_failures():
            return Checked(refusal=await self._operators.refusal(checking.voice, checking.decided))
