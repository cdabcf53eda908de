"""The demo's content: items of two years with versions, texts, captions, pictures and decisions."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from advocacy.content import searching
from advocacy.content.circumstances import hash_of
from advocacy.content.models import (
    AllowedHost,
    Caption,
    ContentItem,
    ContentVersion,
    Decision,
    ItemKind,
    ItemState,
    Review,
)
from advocacy.content.wording import CaptionText, LanguageText, Wording
from advocacy.demo import company, pictures, planning
from advocacy.demo.roster import Person, Roster
from advocacy.foundation.db import session
from advocacy.foundation.models import AuditEvent, Media
from advocacy.people.models import Audience
from advocacy.recruiting.models import Opening
from config.networks import find_network

OLDER_ITEMS = 79
LIVE_DAYS = 45
PICTURES = 24


@dataclass(frozen=True, slots=True)
class Published:
    """An item that was live for a while: what history needs to know of it."""

    key: int
    version_id: UUID
    destination: str | None
    captions: tuple[tuple[UUID, str], ...]
    live_from: datetime
    live_until: datetime
    is_job: bool
    title: str


def make_library(chance: random.Random, roster: Roster) -> list[Published]:
    """Write openings, hosts, pictures and items; return the ones that were ever live."""
    people = {persona.role: person for persona, person in zip(company.PERSONAS, roster.personas, strict=True)}
    for host, below in company.ALLOWED_HOSTS:
        session.add(AllowedHost(host=host, includes_subdomains=below))
    for reference, title, family, place, team in company.OPENINGS:
        session.add(
            Opening(
                reference=reference,
                title=title,
                family=family,
                place=place,
                unit_key=roster.units[team],
                url=f"{company.CAREERS}/jobs/{reference.lower()}",
            )
        )
    images = [_picture(number) for number in range(PICTURES)]
    session.flush()
    everyone = Audience(name="Everyone", unit_keys=[], countries=[], languages=[], topic_keys=[])
    session.add(everyone)
    session.flush()
    maker = _Maker(chance, roster, people["curator"], people["approver"], everyone, images)
    now = datetime.combine(roster.today, time(6), tzinfo=UTC)
    published = [
        maker.live(story, now - timedelta(days=2 + 3 * position), now + timedelta(days=30 + position), position)
        for position, story in enumerate(company.STORIES)
    ]
    published += [maker.older(number) for number in range(OLDER_ITEMS)]
    maker.unfinished()
    planning.plan(roster, people["curator"], people["approver"])
    searching.fill_missing()
    return published


def make_items(chance: random.Random, roster: Roster, stories: tuple[company.Story, ...]) -> list[Published]:
    """Write only the live items, for a roster of any size."""
    images = [_picture(number) for number in range(len(stories))]
    everyone = Audience(name="Everyone", unit_keys=[], countries=[], languages=[], topic_keys=[])
    session.add(everyone)
    session.flush()
    people = {persona.role: person for persona, person in zip(company.PERSONAS, roster.people, strict=True)}
    maker = _Maker(chance, roster, people["curator"], people["approver"], everyone, images)
    start = datetime.combine(roster.first_day, time(7), tzinfo=UTC)
    end = datetime.combine(roster.today, time(7), tzinfo=UTC) + timedelta(days=30)
    published = [maker.live(story, start, end, position) for position, story in enumerate(stories)]
    searching.fill_missing()
    return published


def _picture(number: int) -> str:
    sha256, body = pictures.draw(number)
    session.merge(Media(sha256=sha256, type="image/webp", width=pictures.WIDTH, height=pictures.HEIGHT, bytes=body))
    return sha256


class _Maker:
    """Writes items the way the studio would have left them."""

    def __init__(
        self,
        chance: random.Random,
        roster: Roster,
        curator: Person,
        approver: Person,
        audience: Audience,
        images: list[str],
    ) -> None:
        self.chance, self.roster, self.curator, self.approver = chance, roster, curator, approver
        self.audience, self.images = audience, images

    def live(self, story: company.Story, live_from: datetime, expires_at: datetime, position: int) -> Published:
        item, version, captions = self._item(story, live_from, position)
        self._approve(item, version, live_from - timedelta(hours=5))
        item.state, item.live_version_id = ItemState.LIVE, version.id
        item.live_from, item.expires_at = live_from, expires_at
        item.first_live_at = live_from
        item.is_pinned = position == 0
        session.flush()
        return self._published(item, version, captions, live_from, expires_at, story)

    def older(self, number: int) -> Published:
        topic, subject = company.SUBJECTS[number % len(company.SUBJECTS)]
        angle = company.ANGLES[(number // len(company.SUBJECTS) + number) % len(company.ANGLES)]
        title = angle.format(subject)
        title = title[0].upper() + title[1:]
        is_job = number % 9 == 4
        story = company.Story(
            "job" if is_job else "article",
            f"/jobs/archive-{number}" if is_job else f"/stories/archive-{number}",
            "Careers" if is_job else topic,
            f"Join us: {company.OPENINGS[number % len(company.OPENINGS)][1]}" if is_job else title,
            self.chance.choice(company.OLDER_SUMMARIES),
            tuple(self.chance.sample(company.OLDER_CAPTIONS, 2)),
            "Recruiting" if is_job else "Newsroom",
            opening=company.OPENINGS[number % len(company.OPENINGS)][0] if is_job else "",
        )
        start = datetime.combine(self.roster.first_day, time(7), tzinfo=UTC) + timedelta(days=8 + number * 9)
        end = start + timedelta(days=LIVE_DAYS)
        item, version, captions = self._item(story, start, number)
        self._approve(item, version, start - timedelta(hours=20))
        item.live_from = item.first_live_at = start
        item.expires_at = end
        if end > datetime.combine(self.roster.today, time(6), tzinfo=UTC):
            item.state, item.live_version_id = ItemState.LIVE, version.id
        else:
            item.state, item.changed_at, item.last_live_at = ItemState.EXPIRED, end, end
        session.flush()
        return self._published(item, version, captions, start, end, story)

    def unfinished(self) -> None:
        """Leave something on the curator's and the approver's desks."""
        now = datetime.combine(self.roster.today, time(6), tzinfo=UTC)
        waiting = (
            company.Story(
                "article",
                "/stories/copper-returns",
                "Sustainability",
                "Where our copper comes from, and where it goes back to",
                "A map with the three places we could not trace.",
                ("The honest part is the three places we could not trace.",),
                "Newsroom",
            ),
            company.Story(
                "article",
                "/products/forecast-two",
                "Data",
                "Forecast 2: what is new, and what we took out",
                "Release notes in plain words.",
                ("We took out more than we added. Have a look.",),
                "Newsroom",
                is_product=True,
            ),
            company.Story(
                "job",
                "/jobs/service-technician-bilbao",
                "Careers",
                "Service technician, Bilbao",
                "Day shifts, company van, a crew that answers the phone.",
                ("The crew answers the phone. Talk to us.",),
                "Recruiting",
                opening="MW-1987",
            ),
        )
        for position, story in enumerate(waiting):
            item, _, _ = self._item(story, now - timedelta(days=1 + position), 40 + position)
            item.state = ItemState.IN_REVIEW
        drafts = (
            company.Story(
                "article",
                "/stories/first-winter",
                "Energy",
                "The first winter with heat pumps in Bilbao's old town",
                "Draft: numbers to come from the field team.",
                ("Numbers first, opinions later.",),
                "Newsroom",
            ),
            company.Story(
                "event",
                "/events/rail-open-day",
                "Mobility",
                "Open day at the rail workshop",
                "Save the date.",
                ("Come and see how a signal box thinks.",),
                "Newsroom",
            ),
        )
        for position, story in enumerate(drafts):
            self._item(story, now - timedelta(days=3 + position), 50 + position)
        session.flush()

    def _item(
        self, story: company.Story, created_at: datetime, number: int
    ) -> tuple[ContentItem, ContentVersion, list[Caption]]:
        assert self.curator.account_id is not None  # noqa: S101
        site = company.CAREERS if story.kind == "job" else company.SITE
        item = ContentItem(
            kind=ItemKind(story.kind),
            is_product=story.is_product,
            unit_key=self.roster.units[company.NAME],
            audience_key=self.audience.key,
            topic_keys=[self.roster.topics[story.topic]],
            opening_reference=story.opening or None,
            author_account_id=self.curator.account_id,
            created_at=created_at,
            changed_at=created_at,
        )
        session.add(item)
        session.flush()
        texts = [LanguageText("en", story.title, story.summary)]
        for language, pair in (("de", story.german), ("es", story.spanish)):
            if pair is not None:
                texts.append(LanguageText(language, *pair))
        linkedin = find_network("linkedin")
        assert linkedin is not None  # noqa: S101
        has_picture = story.kind != "job"
        wording = Wording(
            texts=tuple(texts),
            captions=tuple(
                CaptionText(linkedin.number if position == 0 else None, "en", caption)
                for position, caption in enumerate(story.captions)
            ),
            destination=f"{site}{story.path}" if story.path else None,
            image_sha256=self.images[number % len(self.images)] if has_picture else None,
            image_alternative="An abstract drawing in calm colours" if has_picture else None,
            is_text_locked=False,
        )
        version = ContentVersion(
            item_key=item.key,
            number=1,
            destination=wording.destination,
            image_sha256=wording.image_sha256,
            image_alternative=wording.image_alternative,
            is_text_locked=False,
            is_product=item.is_product,
            hash=hash_of(item, wording, self.audience),
            created_by=self.curator.account_id,
            created_at=created_at,
        )
        session.add(version)
        session.flush()
        rows = wording.rows_for(version)
        session.add_all(rows)
        session.flush()
        captions = [row for row in rows if isinstance(row, Caption)]
        item.current_version_id = version.id
        item.languages = [text.language for text in texts]  # of the live version, once there is one
        session.flush()
        return item, version, captions

    def _approve(self, item: ContentItem, version: ContentVersion, decided_at: datetime) -> None:
        """Decide, and have it on the audit trail as `decide` does, so that evidence of the demo is whole."""
        assert self.approver.account_id is not None  # noqa: S101
        session.add(
            Review(
                version_id=version.id,
                version_hash=version.hash,
                reviewer_account_id=self.approver.account_id,
                decision=Decision.APPROVED,
                reason="Checked against the sources named in the draft.",
                decided_at=decided_at,
            )
        )
        session.add(
            AuditEvent(
                occurred_at=decided_at,
                action=f"content.{Decision.APPROVED.value}",
                actor_account_id=self.approver.account_id,
                subject_kind="content_item",
                subject_id=item.id,
                details={"version": version.hash.hex(), "number": version.number, "at": decided_at.isoformat()},
            )
        )

    def _published(
        self,
        item: ContentItem,
        version: ContentVersion,
        captions: list[Caption],
        start: datetime,
        end: datetime,
        story: company.Story,
    ) -> Published:
        return Published(
            item.key,
            version.id,
            version.destination,
            tuple((c.id, c.text) for c in captions),
            start,
            end,
            story.kind == "job",
            story.title,
        )
