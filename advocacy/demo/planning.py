"""The demo's plans: campaigns, an item under embargo, items that wait for their day, why some were passed by."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from advocacy.content.circumstances import hash_of
from advocacy.content.models import (
    Campaign,
    ContentItem,
    ContentText,
    ContentVersion,
    ItemState,
    SkipCount,
    SkipReason,
    SkipRemark,
)
from advocacy.content.queries import captions_of, texts_of
from advocacy.content.review_models import Business, ReviewRequest, ReviewRule
from advocacy.content.wording import CaptionText, LanguageText, Wording
from advocacy.demo import company
from advocacy.demo.roster import Person, Roster
from advocacy.foundation.db import session
from advocacy.people.models import Audience

# Name, label, goal, first and last day from today, topics whose items belong to it.
CAMPAIGNS = (
    ("Winter of repair", "Repair", "People outside know that we repair before we replace.", -30, 45,
     ("Sustainability", "Energy")),
    ("Two hundred colleagues", "Hiring", "Engineers in Porto and Berlin hear of openings from people who work there.",
     -75, 75, ("Careers",)),
    ("Open doors", "Open doors", "Neighbours and students come and see how we work.", 7, 40, ("Mobility", "Data")),
    ("Ten years of the workshop", None, "Everybody who learned here is thanked by somebody who taught.", -120, -20,
     ("Life at Meridian",)),
)  # fmt: skip
# State an item waits in, by its title, and the days from today on which it goes live and ends.
WAITING = (
    ("The first winter with heat pumps in Bilbao's old town", 3, 40),
    ("Open day at the rail workshop", 9, 21),
)
EMBARGOED = "Forecast 2: what is new, and what we took out"
SKIPS = (
    (SkipReason.OFF_TOPIC, 23),
    (SkipReason.NOT_MY_VOICE, 14),
    (SkipReason.TOO_SALESY, 11),
    (SkipReason.WRONG_LANGUAGE, 4),
)
REMARKS = (
    "I would share it without the second paragraph.",
    "Good story, but I work in another field.",
    "Our customers read this last month already.",
)


def plan(roster: Roster, curator: Person, approver: Person) -> None:
    """Put the demo's items into campaigns and on the calendar."""
    assert curator.account_id is not None  # noqa: S101
    now = datetime.combine(roster.today, time(8), tzinfo=UTC)
    for name, label, goal, first, last, topics in CAMPAIGNS:
        campaign = Campaign(
            name=name,
            label=label,
            goal=goal,
            starts_on=roster.today + timedelta(days=first),
            ends_on=roster.today + timedelta(days=last),
            unit_key=roster.units[company.NAME],
            created_by=curator.account_id,
            created_at=now + timedelta(days=min(first, -1)),
        )
        session.add(campaign)
        session.flush()
        keys = [roster.topics[topic] for topic in topics]
        for item in session.scalars(
            select(ContentItem)
            .where(ContentItem.topic_keys.overlap(keys), ContentItem.campaign_key.is_(None))
            .order_by(ContentItem.created_at.desc(), ContentItem.key)
            .limit(8)
        ):
            item.campaign_key = campaign.key
    for title, first, last in WAITING:
        item = _titled(title)
        item.live_from, item.expires_at = now + timedelta(days=first), now + timedelta(days=last)
    _under_embargo(_titled(EMBARGOED), now)
    _passed_by()
    _asked_for(approver, now)


def _titled(title: str) -> ContentItem:
    return session.scalars(
        select(ContentItem)
        .join(ContentText, ContentText.version_id == ContentItem.current_version_id)
        .where(ContentText.title == title)
    ).one()


def _under_embargo(item: ContentItem, now: datetime) -> None:
    """Keep the newest product item under embargo, its version bound to it."""
    item.embargo_until = now + timedelta(days=12)
    version = session.get_one(ContentVersion, item.current_version_id)
    wording = Wording(
        texts=tuple(LanguageText(text.language, text.title, text.summary) for text in texts_of(version.id)),
        captions=tuple(CaptionText(row.network, row.language, row.text) for row in captions_of(version.id)),
        destination=version.destination,
        image_sha256=version.image_sha256,
        image_alternative=version.image_alternative,
        is_text_locked=version.is_text_locked,
    )
    version.hash = hash_of(item, wording, session.get_one(Audience, item.audience_key))
    session.flush()


def _passed_by() -> None:
    """Let some people have passed two live items by, so that their makers have something to read."""
    live = session.scalars(
        select(ContentItem).where(ContentItem.state == ItemState.LIVE).order_by(ContentItem.key).limit(2)
    ).all()
    for number, item in enumerate(live):
        session.add_all(
            SkipCount(item_key=item.key, reason=reason, people=people // (number + 1)) for reason, people in SKIPS
        )
        kept_until = (item.live_from or item.created_at).date().replace(day=28) + timedelta(days=360)
        session.add_all(SkipRemark(item_key=item.key, text=text, kept_until=kept_until) for text in REMARKS[number:])
    session.flush()


def _asked_for(approver: Person, now: datetime) -> None:
    """Put two rules in force, and note what they ask of what waits: one thing is late, the others are due soon."""
    assert approver.account_id is not None  # noqa: S101
    law = ReviewRule(
        name="Products need Legal",
        business=Business.PRODUCT,
        approvals=1,
        desk="Legal",
        desk_account_ids=[approver.account_id],
        due_hours=24,
        created_by=approver.account_id,
        created_at=now - timedelta(days=200),
    )
    people = ReviewRule(
        name="Stories about people",
        business=Business.NON_BUSINESS,
        approvals=0,
        due_hours=48,
        created_by=approver.account_id,
        created_at=now - timedelta(days=200),
    )
    session.add_all((law, people))
    session.flush()
    waiting = session.scalars(
        select(ContentItem).where(ContentItem.state == ItemState.IN_REVIEW).order_by(ContentItem.created_at)
    ).all()
    for number, item in enumerate(waiting):
        asked_at = item.created_at + timedelta(hours=2)
        asked = {"id": str(law.id), "name": law.name, "approvals": 1, "desk": law.desk}
        desk = {"name": law.desk, "members": [str(approver.account_id)], "deputies": []}
        session.add(
            ReviewRequest(
                version_id=item.current_version_id,
                approvals=1,
                desks=[desk] if item.is_product else [],
                rules=[asked] if item.is_product else [],
                requested_at=asked_at,
                due_at=now + timedelta(hours=-6 + 24 * number),
            )
        )
    session.flush()
