"""One run of chaos: the rig, the lives of its incidents, the mayhem, and the verdict."""

import asyncio
from pathlib import Path
from random import Random

from tests.chaos.life import life
from tests.chaos.mayhem import Mayhem
from tests.chaos.verdict import Verdict, judge
from tests.endtoend.configuration import Plan
from tests.endtoend.rig import rigged


async def chaos(folder: Path, seed: int, incidents: int, seconds: float) -> Verdict:
    """Let so many incidents live through so many seconds of chaos in an empty folder."""
    async with rigged(folder, Plan(sites=incidents, reading="5s", linger="5s")) as rig:
        rig.aim()
        places = rig.sites(incidents)
        mayhem = Mayhem(rig, seed)
        lives = [life(rig, place, Random(f"{seed} {place.name}"), seconds) for place in places]
        await asyncio.gather(mayhem.run(seconds), *lives)
        return judge(rig, mayhem, places, await rig.incidents.histories())
