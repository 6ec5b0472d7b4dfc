"""One storm from an empty folder to its verdict."""

from pathlib import Path

from tests.endtoend.rig import rigged
from tests.fifty.run import Storm, let_loose
from tests.fifty.verdict import Verdict, judge


async def storm(folder: Path, chosen: Storm) -> Verdict:
    """Run everything, let the storm loose, and judge."""
    async with rigged(folder, chosen.plan()) as rig:
        return judge(await let_loose(rig, chosen), await rig.incidents.histories())
