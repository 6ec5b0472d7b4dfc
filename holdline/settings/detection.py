"""What is watched by polling: the sources, their rhythm, the bounds, and groups with bounds of their own (S1.1)."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from holdline.domain.detection import ELSE, Bounds, Group, Plan, Source
from holdline.domain.duration import Duration, Interval, say
from holdline.domain.frozen import Rule
from holdline.domain.incident import Severity
from holdline.settings.values import Flag, Share, Text, Whole

Media = Literal["voice", "callback", "chat", "email", "message", "video"]


def _whole_seconds(value: timedelta) -> timedelta:
    if value % timedelta(seconds=1):
        raise ValueError("must be whole seconds: the ticks are counted from the hour")
    return value


Rhythm = Annotated[Interval, AfterValidator(_whole_seconds)]
Count = Annotated[Whole, Field(ge=1, le=20)]


class DetectionGroup(Rule):
    """Entities of one source, by id or by name (`*` stands for anything), with what is different for them.

    What is left out is as in `[detection]`. With `watched = false` they are left alone.
    """

    source: Source
    ids: tuple[Text, ...] = ()
    names: tuple[Text, ...] = ()
    watched: Flag = True
    interval: Rhythm | None = None
    failures: Count | None = None
    healthy: Count | None = None
    severity: Severity | None = None
    quality: Share | None = None
    average_wait: Duration | None = None
    longest_wait: Duration | None = None
    share: Share | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.ids and not self.names:
            raise ValueError("name somebody: ids = [...], or names = [...]")
        return self


class Detection(Rule):
    """What Holdline reads for itself: each source as a whole, every `interval` on the minute.

    `failures` breaches in a row open an incident, `healthy` good looks end it. A source that could not be read
    `lost_after` times in a row is an incident of its own. A breach that lasts is said again after `repeat`. `quality`
    is derived from the calls of the last `window` over a trunk's edge, at least `calls` of them; without it quality is
    not looked at. With `everything = false` only what a group names is watched.
    """

    sources: tuple[Source, ...] = ()
    interval: Rhythm = timedelta(minutes=1)
    failures: Count = 3
    healthy: Count = 2
    lost_after: Annotated[Whole, Field(ge=1, le=1000)] = 5
    repeat: Interval = timedelta(minutes=30)
    severity: Severity = Severity.HIGH
    everything: Flag = True
    quality: Share | None = None
    calls: Annotated[Whole, Field(ge=1, le=100_000)] = 20
    window: Interval = timedelta(minutes=10)
    average_wait: Duration = timedelta(minutes=5)
    longest_wait: Duration = timedelta(minutes=10)
    media: tuple[Media, ...] = ("voice",)
    share: Share = 0.9
    groups: dict[str, DetectionGroup] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _in_step(self) -> Self:
        for name, group in self.groups.items():
            if group.interval is not None and group.interval % self.interval:
                raise ValueError(
                    f"groups.{name}: its interval ({say(group.interval)}) is no multiple of that of the detection "
                    f"({say(self.interval)})"
                )
        return self

    def plans(self) -> dict[Source, Plan]:
        """What each detector is to do."""
        return {source: self.plan(source) for source in self.sources}

    def plan(self, source: Source) -> Plan:
        """What is watched of a source and by which bounds, whether it is polled or pushed."""
        named = [self._group(name, group) for name, group in self.groups.items() if group.source is source]
        rest = [self._rest()] if self.everything or source is Source.CAPACITY else []
        return Plan(
            source=source,
            interval=self.interval,
            lost_after=self.lost_after,
            repeat=self.repeat,
            groups=(*named, *rest),
        )

    def _rest(self) -> Group:
        return Group(
            name=ELSE,
            every=self.interval,
            failures=self.failures,
            healthy=self.healthy,
            severity=self.severity,
            bounds=self._bounds(),
        )

    def _bounds(self) -> Bounds:
        return Bounds(
            quality=self.quality,
            calls=self.calls,
            average_wait=self.average_wait,
            longest_wait=self.longest_wait,
            window=self.window,
            media=self.media,
            share=self.share,
        )

    def _group(self, name: str, own: DetectionGroup) -> Group:
        usual, said = self._rest(), own.model_dump(exclude_none=True, exclude={"source", "interval"})
        bounds = {field: said.pop(field) for field in Bounds.model_fields if field in said}
        bounded = usual.bounds.model_copy(update=bounds)
        return usual.model_copy(update={**said, "name": name, "every": own.interval or usual.every, "bounds": bounded})
