"""The demo's sources, and an inbox with what they offered and colleagues suggested."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from advocacy.content.models import ItemKind
from advocacy.content.sources.addresses import canonical, fingerprint
from advocacy.content.sources.feeds import SourceKind
from advocacy.content.sources.models import EntryState, PauseReason, SourceEntry, SourceFeed, Suggestion
from advocacy.demo import company
from advocacy.demo.roster import Person, Roster
from advocacy.foundation.db import session

# Nobody answers at these addresses, so they are not asked again while somebody looks at the demo.
NOT_SOON = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Idea:
    """One entry of the inbox: from a source by its number, or None for what only colleagues suggested."""

    source: int | None
    path: str
    title: str
    summary: str
    hours_ago: int
    author: str | None = None
    kind: ItemKind = ItemKind.ARTICLE
    reference: str | None = None
    place: str | None = None
    state: EntryState = EntryState.NEW
    why: tuple[str, ...] = ()


SOURCES = (
    ("Meridian Newsroom", f"{company.SITE}/newsroom/feed.xml", SourceKind.RSS, None, None),
    ("Engineering notes", f"{company.SITE}/engineering/atom.xml", SourceKind.ATOM, None, None),
    ("Openings at Meridian", f"{company.CAREERS}/jobs", SourceKind.JOBS, None, None),
    (
        "Rail industry digest",
        "https://digest.rail-weekly.example/feed.json",
        SourceKind.JSON_FEED,
        "asked_to_wait",
        None,
    ),
    ("Old press room", f"{company.SITE}/press/rss", SourceKind.RSS, "gone", PauseReason.GONE),
)
IDEAS = (
    Idea(
        0,
        "/stories/quiet-turbines",
        "Turbines that are quiet enough to sleep beside",
        "Two winters of measurements from a village that asked for them, and the three things we changed.",
        3,
        "Newsroom",
    ),
    Idea(
        1,
        "/engineering/clock-skew",
        "What a leap second taught our signal boxes",
        "A post about clocks that disagree, and why the fix was to trust none of them.",
        8,
        "Rail Systems",
    ),
    Idea(
        2,
        "/jobs/mw-2044",
        "Calibration engineer, Porto",
        "Day shifts, a small lab, and instruments that are older than you.",
        20,
        kind=ItemKind.JOB,
        reference="MW-2044",
        place="Porto, PT",
    ),
    Idea(
        0,
        "/stories/apprentices-2026",
        "Twenty-six apprentices, one broken tram",
        "They repaired it in a week. Here is the list of what they had to ask for.",
        27,
        "Newsroom",
        why=("My whole team was there, and people keep asking about it.",),
    ),
    Idea(
        None,
        "/stories/repair-cafe",
        "The repair café in the canteen is three years old",
        "What was carried in, and what was carried out working.",
        31,
        why=("It shows how we are, without a slogan.", "Friends of mine asked whether they may come."),
    ),
    Idea(
        1,
        "/engineering/less-data",
        "We deleted nine tenths of our telemetry",
        "Nobody missed it. How we found out what to keep.",
        50,
        "Data",
    ),
    Idea(
        3,
        "/2026/47/night-trains",
        "Night trains: what operators ask of signalling",
        "A survey among eleven operators.",
        60,
    ),
    Idea(0, "/stories/award-dinner", "An award dinner", "Photos.", 90, "Newsroom", state=EntryState.DISMISSED),
)


def make_ideas(roster: Roster, curator: Person) -> None:
    """Write sources in every state, entries to decide about and decided, and suggestions with an answer."""
    assert curator.account_id is not None  # noqa: S101
    now = datetime.combine(roster.today, time(6), tzinfo=UTC)
    unit_key = roster.units[company.NAME]
    sources = []
    for number, (title, url, kind, refusal, pause) in enumerate(SOURCES):
        source = SourceFeed(
            unit_key=unit_key,
            url=url,
            title=title,
            kind=kind,
            language="en",
            added_by=curator.account_id,
            created_at=now - timedelta(days=200 + number),
            polled_at=now - timedelta(minutes=11 + 7 * number),
            ok_at=now - timedelta(minutes=11 + 7 * number) if refusal is None else now - timedelta(days=2),
            next_poll_at=now + NOT_SOON,
            new_count=0 if refusal else number + 1,
            failures=2 if refusal else 0,
            refusal=refusal,
            paused_at=now - timedelta(days=1) if pause else None,
            pause_reason=pause,
        )
        session.add(source)
        sources.append(source)
    session.flush()
    voices = iter([person for person in roster.people if person.opted_in_at is not None and not person.left_on][:9])
    for idea in IDEAS:
        entry = _entry(idea, sources, unit_key, curator, now)
        session.add(entry)
        session.flush()
        for why in idea.why:
            said = entry.created_at + timedelta(hours=2)
            session.add(Suggestion(entry_key=entry.key, employee_key=next(voices).key, why=why, created_at=said))
    session.flush()


def _entry(idea: Idea, sources: list[SourceFeed], unit_key: int, curator: Person, now: datetime) -> SourceEntry:
    source = sources[idea.source] if idea.source is not None else None
    at = now - timedelta(hours=idea.hours_ago)
    site = company.SITE
    if source is not None and source.kind in {SourceKind.JOBS, SourceKind.JSON_FEED}:
        site = source.url.rsplit("/", 1)[0]
    url = f"{site}{idea.path}"
    is_over = idea.state is not EntryState.NEW
    return SourceEntry(
        unit_key=unit_key,
        source_key=source.key if source is not None else None,
        guid_hash=fingerprint(url) if source is not None else None,
        page_hash=fingerprint(canonical(url)),
        url=url,
        title=idea.title,
        summary=idea.summary,
        kind=idea.kind,
        author=idea.author,
        language="en",
        published_at=at,
        job={"reference": idea.reference, "place": idea.place} if idea.reference else None,
        state=idea.state,
        sorted_at=at,
        seen_at=now,
        created_at=at,
        decided_at=at + timedelta(hours=5) if is_over else None,
        decided_by=curator.account_id if is_over else None,
    )
