"""S1.4: HIGH is remediated first; where nothing is remediated there is nothing to wait for."""

from holdline.domain.incident import Severity
from holdline.domain.runbook import RemediationRule
from tests.support.scene import RUNBOOK, pages, scene
from workers.virtual import VirtualTime


async def test_high_is_paged_at_once(virtual: VirtualTime) -> None:
    """A runbook that repairs nothing pages a HIGH incident at once."""
    runbook = RUNBOOK.model_copy(update={"remediation": RemediationRule(actions=())})
    async with scene(virtual, runbook) as story:
        await story.fails(Severity.HIGH)
        await story.at("1m")
        assert ["first"] == [page.tier for page in (await story.snapshot()).pages]
        assert 0 == story.outside.count("route")
        assert 1 == len(pages(await story.snapshot()))
