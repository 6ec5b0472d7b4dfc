"""What an operator writes about detection, and what the detectors are told by it."""

from datetime import timedelta
from pathlib import Path

import pytest

from holdline.domain.detection import ELSE, Source
from holdline.domain.entity import Entity, EntityKind
from holdline.settings import load
from tests.settings.test_loading import config, problems

HERE = """
[genesys]
login_url = "https://login.mypurecloud.de"
api_url = "https://api.mypurecloud.de"
client_id = "id"
client_secret = "env:SECRET"

[pagerduty.services]
voice = "env:A"
"""


def test_nothing_is_watched_by_default(tmp_path: Path) -> None:
    """Without the section nothing is polled, and nothing is asked of the configuration."""
    assert {} == load(config(tmp_path, ""), {}).detection.plans()


def test_a_plan_for_each_source(tmp_path: Path) -> None:
    """Groups belong to their source, what they leave out is as for everything else, which comes last."""
    text = """
[detection]
sources = ["queues", "trunks"]
failures = 4
average_wait = "4m"
quality = 0.9

[detection.groups.vip]
source = "queues"
names = ["VIP *"]
interval = "2m"
failures = 2
longest_wait = "1m"

[detection.groups.test]
source = "trunks"
ids = ["T-1"]
watched = false
"""
    plans = load(config(tmp_path, HERE + text), {}).detection.plans()
    assert [Source.QUEUES, Source.TRUNKS] == list(plans)
    vip, rest = plans[Source.QUEUES].groups
    assert ("vip", 2, 2, timedelta(minutes=2)) == (vip.name, vip.failures, vip.healthy, vip.every)
    assert (timedelta(minutes=1), timedelta(minutes=4)) == (vip.bounds.longest_wait, vip.bounds.average_wait)
    assert (ELSE, 4, timedelta(minutes=10), 0.9) == (
        rest.name,
        rest.failures,
        rest.bounds.longest_wait,
        rest.bounds.quality,
    )
    assert plans[Source.TRUNKS].group_of(Entity(kind=EntityKind.TRUNK, id="t-1")) is None


def test_only_what_is_named(tmp_path: Path) -> None:
    """`everything = false` leaves the groups alone; the capacity has nothing else than itself."""
    text = """
[detection]
sources = ["edges", "capacity"]
everything = false

[detection.groups.core]
source = "edges"
names = ["Core *"]
"""
    plans = load(config(tmp_path, HERE + text), {}).detection.plans()
    assert ["core"] == [group.name for group in plans[Source.EDGES].groups]
    assert [ELSE] == [group.name for group in plans[Source.CAPACITY].groups]


WATCHED = '[detection]\nsources = ["trunks"]\n'
GROUP = '[detection.groups.a]\nsource = "trunks"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (WATCHED, "detection.sources: there is no [genesys] section to read them with."),
        (WATCHED, "detection.sources: there is no runbook to open incidents by."),
        (HERE + '[detection]\nquality = "0.85"', "detection.quality: write a number without quotes, such as 0.85"),
        (HERE + "[detection]\nshare = 1.5", "detection.share: "),
        (HERE + '[detection]\ninterval = "1500ms"', "detection.interval: must be whole seconds"),
        (HERE + GROUP, "detection.groups.a: name somebody: ids = [...], or names = [...]"),
        (HERE + GROUP + 'ids = ["t"]\ninterval = "90s"', "no multiple of that of the detection (1m)"),
        (HERE + GROUP + 'ids = ["t"]\nfailure = 2', "did you mean failures"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, told: str) -> None:
    """Each mistake is one sentence that names the setting."""
    assert any(told in each for each in problems(tmp_path, text)), problems(tmp_path, text)
