"""What waits behind the bells of the demo company: an announced item, and links that were opened for the first time."""

import json
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import text

from advocacy.demo.roster import Roster
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.people.models import Audience
from advocacy.people.queries import count_audience

NOTE = "We show it at the fair on Friday. If you know somebody in the trade, tell them."
RECENT_DAYS = 30

_NEWEST = text("""
SELECT item.id, item.audience_key, item.author_account_id, jsonb_object_agg(words.language, words.title)
FROM content_item AS item
JOIN content_text AS words ON words.version_id = item.live_version_id
JOIN audience ON audience.key = item.audience_key AND audience.unit_keys = '{}' AND audience.topic_keys = '{}'
    AND audience.countries = '{}' AND audience.languages = '{}'
WHERE item.live_from <= :now AND (item.expires_at IS NULL OR item.expires_at > :now)
GROUP BY item.key ORDER BY item.live_from DESC, item.key DESC LIMIT 1
""")
_ANNOUNCE = text("""
INSERT INTO announcement (id, item_id, audience_key, titles, note, state, told_to, last_key, told, started_at,
    started_by, ended_at, meant)
VALUES (:id, :item_id, :audience_key, CAST(:titles AS jsonb), :note, 'done', :last_key, :last_key, :told, :at, :by, :at,
    :meant)
""")
_TELL = text("""
INSERT INTO notification (id, employee_key, kind, subject_id, announcement_id, details, created_at, read_at)
SELECT told.id, told.key, 'new_item', :item_id, :announcement_id, '{}', :at,
    CASE WHEN told.key % 3 = 0 THEN CAST(:at AS timestamptz) + interval '3 hours' END
FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS int[])) AS told (id, key)
""")
_OPENED = text("""
SELECT share.employee_key, share.id, share.evidenced_at,
    (
        SELECT title FROM content_text WHERE content_text.version_id = share.version_id
        ORDER BY language = 'en' DESC LIMIT 1
    )
FROM share
WHERE evidenced_at > :since AND employee_key = ANY (:keys) ORDER BY evidenced_at, key
""")
_TELL_OPENED = text("""
INSERT INTO notification (id, employee_key, kind, subject_id, details, created_at, read_at)
VALUES (:id, :employee_key, 'share_answered', :share_id, jsonb_build_object('title', CAST(:title AS text)), :at,
    :read_at)
""")


def hang_bells(roster: Roster) -> None:
    """Write one announcement of the newest item for all, and who learnt that a link of theirs was opened."""
    now = datetime.combine(roster.today, time(5), tzinfo=UTC)
    keys = [person.key for person in roster.people if person.opted_in_at is not None and person.left_on is None]
    newest = session.execute(_NEWEST, {"now": now}).first()
    if newest is not None:
        item_id, audience_key, author, titles = newest
        announcement_id, at = new_id(), now - timedelta(hours=20)
        last_key = max(person.key for person in roster.people)
        size = count_audience(session.get_one(Audience, audience_key))
        session.execute(
            _ANNOUNCE,
            {"id": announcement_id, "item_id": item_id, "audience_key": audience_key, "titles": json.dumps(titles),
             "note": NOTE, "last_key": last_key, "told": len(keys), "at": at, "by": author,
             "meant": size.people if size is not None else None},
        )  # fmt: skip
        session.execute(
            _TELL,
            {"item_id": item_id, "announcement_id": announcement_id, "at": at, "keys": keys,
             "ids": [new_id() for _ in keys]},
        )  # fmt: skip
    opened = session.execute(_OPENED, {"since": now - timedelta(days=RECENT_DAYS), "keys": keys}).all()
    for employee_key, share_id, at, title in opened:
        is_old = at < now - timedelta(days=5)
        session.execute(
            _TELL_OPENED,
            {"id": new_id(), "employee_key": employee_key, "share_id": share_id, "title": title, "at": at,
             "read_at": at + timedelta(days=1) if is_old else None},
        )  # fmt: skip
