"""One look at everything of a source: what was found, what could not be read, and what of it is news (S1.1)."""

from collections import Counter

from pydantic import Field

from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.incident import Severity
from holdline.domain.observation import Verdict
from holdline.domain.text import Line


class Finding(Frozen):
    """The verdict about one watched entity, by the group it was judged in."""

    entity: Entity
    group: str
    verdict: Verdict
    severity: Severity = Severity.HIGH
    reason: Line = ""
    metrics: dict[str, float] = Field(default_factory=dict)


class Gap(Frozen):
    """What could not be read, and why."""

    what: Line
    reason: Line


class Sweep(Frozen):
    """Everything that was read: a finding for each watched entity of the groups that are due, and the gaps.

    `missing` is what the configuration names and nobody has; empty where a gap may hide it.
    """

    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    missing: tuple[str, ...] = ()


class Known(Frozen):
    """What a detector knows already of an entity that is not simply healthy."""

    id: str
    verdict: Verdict


class News(Frozen):
    """What of a sweep a detector does not know yet: all that leaves the activity, and so all that is stored.

    `unread` are the known entities that nothing was learned of; `seen` counts the findings by verdict.
    """

    changed: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    missing: tuple[str, ...] = ()
    seen: dict[str, int] = Field(default_factory=dict)


MOST_NEWS = 500
"""So many changes leave one look: Temporal takes no value above 2 MB. The others are still news at the next look."""


def news(sweep: Sweep, known: tuple[Known, ...]) -> News:
    """Reduce a sweep to what has changed: for an entity that is not known only a breach is news."""
    before = {each.id: each.verdict for each in known}
    changed = [each for each in sweep.findings if _is_news(each, before)]
    untold = {each.entity.id for each in changed[MOST_NEWS:]}
    told = {each.entity.id for each in sweep.findings} - untold
    return News(
        changed=tuple(changed[:MOST_NEWS]),
        unread=tuple(each.id for each in known if each.id not in told),
        gaps=sweep.gaps,
        missing=sweep.missing,
        seen=dict(Counter(each.verdict.value for each in sweep.findings)),
    )


def _is_news(finding: Finding, before: dict[str, Verdict]) -> bool:
    if finding.entity.id not in before:
        return finding.verdict is Verdict.BREACH
    return finding.verdict is not before[finding.entity.id]
