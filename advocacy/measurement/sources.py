"""Where events come from: how late each source may tell of a day, and until when it has told everything.

A watermark is taken from the work that is done, never from the newest event: a quiet source would keep its days open
for ever, and one machine with a clock a year ahead would close them all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from advocacy.activity.kinds import Kind
from advocacy.foundation import clock
from advocacy.foundation.texts import marked
from advocacy.measurement.catalogue import BY_KEY, Metric
from advocacy.measurement.catalogue.lineage import sources_of

# A clock that is ahead by less than this is no news: machines differ.
CLOCK_DIFFERENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of thing we are told.

    What happened on a day may be told until `lateness` after the day is over; later it restates the day. `reads` are
    the beginnings of what metrics stand on that comes from here. `waiting` is SQL for the instant since when
    something that arrived waits to be counted as events. What a source tells anew as long as it likes `is_mutable`:
    its numbers are the latest known and never called restated.
    """

    key: str
    name: str
    kinds: tuple[Kind, ...]
    lateness: timedelta
    reads: tuple[str, ...]
    waiting: str | None = None
    is_mutable: bool = False


SOURCES: tuple[Source, ...] = (
    Source(
        "clicks",
        marked("Clicks"),
        (Kind.LINK_CLICKED,),
        timedelta(hours=1),
        ("activity_event.link_clicked", "activity_event.click_class"),
        waiting="SELECT min(received_at) FROM click_segment WHERE imported_at IS NULL",
    ),
    # A share happened when it was opened; that it was published is confirmed, or proved by a click, afterwards.
    Source(
        "shares",
        marked("Shares"),
        (Kind.SHARE_OPENED, Kind.SHARE_PUBLISHED, Kind.ITEM_SKIPPED),
        timedelta(hours=48),
        ("activity_event.share_opened", "activity_event.share_published", "activity_event.share_key"),
    ),
    Source(
        "conversations",
        marked("Noted conversations"),
        (Kind.CONVERSATION_LOGGED,),
        timedelta(hours=48),
        ("activity_event.conversation_logged",),
    ),
    Source(
        "applications",
        marked("Applications"),
        (Kind.APPLICATION,),
        timedelta(hours=24),
        ("activity_event.application", "application_event."),
    ),
    Source(
        "engagement",
        marked("What networks report"),
        (),
        timedelta(hours=48),
        ("engagement_snapshot.",),
        is_mutable=True,
    ),
)
BY_SOURCE: dict[str, Source] = {source.key: source for source in SOURCES}
SOURCE_OF_KIND: dict[Kind, Source] = {kind: source for source in SOURCES for kind in source.kinds}


def sources_behind(metric: Metric) -> tuple[Source, ...]:
    """Return the sources whose lateness a metric has to wait for, through all metrics it is made of."""
    names = sources_of(metric, BY_KEY)
    return tuple(source for source in SOURCES if any(name.startswith(source.reads) for name in names))


def lateness_of(sources: Iterable[Source]) -> timedelta:
    """Return how long after a day the slowest of these sources may tell of it."""
    return max((source.lateness for source in sources), default=timedelta())


def final_from(day: date, sources: Iterable[Source], zone: ZoneInfo) -> datetime:
    """Return the instant from which a day's numbers are final, if nothing waits to be counted."""
    return clock.day_bounds(day, zone)[1] + lateness_of(sources)


def watermarks(connection: Connection) -> Mapping[str, datetime]:
    """Return until when each source has told everything that it tells in time: days that end before are final."""
    found = {}
    for source in SOURCES:
        told = clock.now()
        if source.waiting is not None:
            since = connection.execute(text(source.waiting)).scalar()
            told = min(told, since) if since is not None else told
        found[source.key] = told - source.lateness
    return found
