"""What the demo's people show, who thanked them, two goals of units, and who counts in a team's score."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import insert, select, text

from advocacy.demo import company
from advocacy.demo.roster import Person, Roster
from advocacy.foundation import clock
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.models import Setting
from advocacy.learning.models import Certificate, LessonPass
from advocacy.learning.taking import new_code
from advocacy.people.models import Consent, ConsentEvent, Purpose
from advocacy.programme.recognition.models import Highlight, HighlightKind, TeamGoal, Thanks

NOTES = ("I read it twice. Thank you.", "You made me try it.", "", "My neighbour asked me about it.")
GOALS = (
    (company.NAME, 40, "Every second of us knows something the world would like to hear."),
    ("Software", 45, ""),
)
_ITEMS = text("""
SELECT account.employee_key, item.id, words.title
FROM content_item AS item
JOIN account ON account.id = item.author_account_id
JOIN consent ON consent.employee_key = account.employee_key AND consent.purpose = 'take_part'
JOIN content_text AS words ON words.version_id = item.live_version_id AND words.language = 'en'
WHERE item.state = 'live' AND item.live_from <= :now
ORDER BY item.live_from DESC, item.key DESC LIMIT 2
""")


def make_recognition(roster: Roster) -> None:
    """Let three people show a highlight, thank the first person of the demo and others, and set two goals."""
    now = datetime.combine(roster.today, time(6), tzinfo=UTC)
    willing = _willing(roster)
    highlights = [
        Highlight(id=new_id(), employee_key=key, kind=HighlightKind.ITEM, subject_id=id_, title=title, shown_at=at)
        for (key, id_, title), at in zip(
            session.execute(_ITEMS, {"now": now}).all(),
            (now - timedelta(days=2), now - timedelta(days=6)),
            strict=False,
        )
    ]
    highlights += _certified(roster.personas[0], now)
    session.add_all(highlights)
    session.flush()
    for place, highlight in enumerate(highlights):
        others = [person for person in willing if person.key != highlight.employee_key][place * 3 : place * 3 + 3]
        session.add_all(
            Thanks(
                highlight_id=highlight.id,
                employee_key=person.key,
                note=NOTES[(place + turn) % len(NOTES)],
                given_at=highlight.shown_at + timedelta(hours=5 + 7 * turn),
            )
            for turn, person in enumerate(others)
        )
    curator = next(
        person
        for persona, person in zip(company.PERSONAS, roster.personas, strict=True)
        if persona.role == "curator" and person.account_id is not None
    )
    session.add_all(
        TeamGoal(
            unit_key=roster.units[name],
            target_percent=percent,
            until_on=roster.today + timedelta(days=120),
            why=why,
            set_by=curator.account_id,
        )
        for name, percent, why in GOALS
    )
    session.flush()
    _list_teams()


def _list_teams() -> None:
    """Switch the list of teams on, and have nine of ten people count in their team's score."""
    session.merge(Setting(name="recognition_team_scores", value=True, changed_at=clock.now()))
    agreed = session.scalars(
        select(Consent).where(Consent.purpose == Purpose.TAKE_PART).order_by(Consent.employee_key)
    ).all()
    counted = [
        {
            "employee_key": consent.employee_key,
            "purpose": Purpose.LEADERBOARD,
            "policy_version_id": consent.policy_version_id,
            "granted_at": consent.granted_at,
        }
        for place, consent in enumerate(agreed)
        if place % 10
    ]
    session.execute(insert(Consent), counted)
    session.execute(
        insert(ConsentEvent),
        [
            {name: value for name, value in row.items() if name != "granted_at"}
            | {"is_granted": True, "source": "my_data", "occurred_at": row["granted_at"]}
            for row in counted
        ],
    )


def _willing(roster: Roster) -> list[Person]:
    agreed = set(session.scalars(select(Consent.employee_key).where(Consent.purpose == Purpose.TAKE_PART)))
    here = [person for person in roster.people if person.key in agreed and person.left_on is None]
    return here[len(company.PERSONAS) :]


def _certified(person: Person, now: datetime) -> list[Highlight]:
    """Return the highlight of a certificate of the demo's first person, who passed some lessons and shows it."""
    passed = session.scalars(
        select(LessonPass).where(LessonPass.employee_key == person.key).order_by(LessonPass.passed_at)
    ).all()
    if not passed:
        return []
    certificate = Certificate(
        employee_key=person.key,
        code=new_code(),
        issued_at=now - timedelta(days=4),
        shown_since=now - timedelta(days=4),
        passed=[{"version_id": str(row.version_id), "on": row.passed_at.date().isoformat()} for row in passed],
    )
    session.add(certificate)
    session.flush()  # the highlight names its code
    at = now - timedelta(days=3)
    return [
        Highlight(
            id=new_id(),
            employee_key=person.key,
            kind=HighlightKind.CERTIFICATE,
            subject_id=person.id,
            title="",
            certificate_code=certificate.code,
            shown_at=at,
        )
    ]
