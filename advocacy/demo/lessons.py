"""What the demo's people learned: the delivered lessons, and who passed them when."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import text

from advocacy.demo.roster import Roster
from advocacy.foundation.db import session
from advocacy.learning import service

# In the order of the lessons: how many of a hundred passed each. Some of each hundred passed all of them.
SHARES = (72, 46, 38, 21)
FIRST_PERSON = (True, True, False, False)

_PASS = text("""
INSERT INTO lesson_pass (employee_key, lesson_key, purpose, version_id, passed_at)
SELECT consent.employee_key, lesson.key, 'take_part', lesson.live_version_id,
    greatest(consent.granted_at, CAST(:now AS timestamptz) - make_interval(days => consent.employee_key * 13 % 200))
    + interval '9 minutes' * lesson.position
FROM consent
JOIN employee ON employee.key = consent.employee_key AND employee.external_id IS NOT NULL
JOIN lesson ON lesson.position = :position AND lesson.state = 'live'
WHERE consent.purpose = 'take_part'
AND CASE WHEN consent.employee_key = :first THEN :is_passed ELSE consent.employee_key * 37 % 100 < :share END
""")


def make_lessons(roster: Roster) -> None:
    """Install the lessons, and let people pass them: more of them the required one than the last."""
    service.install_defaults()
    now = datetime.combine(roster.today - timedelta(days=1), time(9), tzinfo=UTC)
    for position, (share, is_passed) in enumerate(zip(SHARES, FIRST_PERSON, strict=True), start=1):
        values = {"first": roster.personas[0].key, "is_passed": is_passed, "share": share, "position": position}
        session.execute(_PASS, values | {"now": now})
