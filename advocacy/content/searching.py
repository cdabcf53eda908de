"""What items are searched by, for many at once: items that were not written one by one."""

from sqlalchemy import text

from advocacy.foundation.db import session

REFILL = text("""
UPDATE content_item SET search_text = lower(unaccent(concat_ws(' ',
    (SELECT string_agg(concat_ws(' ', title, summary), ' ' ORDER BY language) FROM content_text
        WHERE version_id = current_version_id),
    (SELECT string_agg(caption.text, ' ' ORDER BY position) FROM caption WHERE version_id = current_version_id),
    (SELECT destination FROM content_version WHERE id = current_version_id),
    opening_reference
)))
WHERE search_text = ''
""")


def fill_missing() -> int:
    """Make every item that cannot be found yet searchable; return how many there were."""
    session.flush()
    return int(session.execute(REFILL).rowcount)  # type: ignore[attr-defined]
