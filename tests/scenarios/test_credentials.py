"""S1.9: a refused credential is never reported as a failing trunk; it is an incident of its own."""

import pytest

from holdline.domain.credential import Credential
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.lifecycle import State
from holdline.domain.messages import SNAPSHOT, Snapshot
from holdline.domain.timeline import Fact
from holdline.ports import CredentialsRefused, Unavailable
from tests.support.scene import Scene, scene, when
from workers.virtual import VirtualTime

LACKS = "the OAuth client lacks telephony:plugin:all"


async def about(story: Scene, credential: Credential) -> Snapshot:
    """What the incident about a credential says of itself."""
    handle = story.handle_of(workflow_id(IncidentKind.CREDENTIAL_EXPIRED, credential))
    told = await handle.query(SNAPSHOT, result_type=Snapshot)
    assert isinstance(told, Snapshot)
    await handle.terminate()
    return told


async def test_nothing_is_changed_without_a_valid_credential(virtual: VirtualTime) -> None:
    """Remediation is skipped, the trunk is handed over, and the credential has its own incident."""
    async with scene(virtual) as story:
        story.outside.trouble("credential", lambda: CredentialsRefused("Genesys", LACKS), times=9)
        await story.fails()
        await story.reaches(State.HANDED_OVER)
        await story.at("10s")
        told = await story.snapshot()
        assert (0, 1) == (story.outside.count("route"), told.retry_count)
        assert LACKS in when(told, Fact.STATE)[-1] or LACKS in when(told, Fact.STATE)[-2]
        credential = await about(story, Credential.GENESYS)
        assert (IncidentKind.CREDENTIAL_EXPIRED, "OAuth client at Genesys") == (credential.kind, credential.entity.name)
        assert LACKS in credential.timeline[0].text


@pytest.mark.long
async def test_a_vendor_that_does_not_answer_is_no_refusal(virtual: VirtualTime) -> None:
    """Nothing is known of the credential then, and none is reported."""
    async with scene(virtual) as story:
        story.outside.trouble("credential", lambda: Unavailable("Genesys", "no connection"), times=99)
        await story.fails()
        await story.reaches(State.HANDED_OVER)
        await story.at("1m")
        assert not [row for row in when(await story.snapshot(), Fact.STATE) if "of its own" in row]


async def test_a_pager_that_is_refused_is_reported_by_the_next_channel(virtual: VirtualTime) -> None:
    """The page goes on to the next tier's channel, and the pager's credential has its incident."""
    async with scene(virtual) as story:
        story.outside.trouble(
            "page one", lambda: CredentialsRefused("PagerDuty", "the routing key is unknown"), times=9
        )
        await story.fails()
        await story.at("1m")
        told = await about(story, Credential.PAGERDUTY)
        assert "the routing key is unknown" in told.timeline[0].text
