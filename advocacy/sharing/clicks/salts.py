"""The salts of visitor keys: made a day ahead, forgotten soon after their day, and with them who was who."""

import secrets
from datetime import UTC, date, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import clock, preferences
from advocacy.foundation.db import session
from advocacy.sharing.clicks.visitor import address_prefix, visitor_key
from advocacy.sharing.models import ClickSalt, ClickSeen, OwnVisitor

SALT_BYTES = 32


def prepare_salts() -> None:
    """Have salts for today and tomorrow (UTC), and forget whatever would lead from an old key to an address."""
    today = clock.now().astimezone(UTC).date()
    for day in (today, today + timedelta(days=1)):
        session.execute(
            insert(ClickSalt)
            .values(day=day, salt=secrets.token_bytes(SALT_BYTES), created_at=clock.now())
            .on_conflict_do_nothing()
        )
    forget_before(today)


def forget_before(today: date) -> None:
    """Delete salts, own visitors and counted visitors of days that ended longer ago than the retention allows."""
    hours = int(preferences.get("retention_click_salt_hours"))
    # A day's salt is made up to one day ahead and used until the day ends; 48 h keep yesterday's for late segments.
    oldest = today - timedelta(days=max(hours // 24 - 1, 0))
    for model in (ClickSalt, OwnVisitor, ClickSeen):
        session.execute(delete(model).where(model.day < oldest))


def remember_own_visitor(employee_key: int, address: str, agent: str) -> None:
    """Note the key of somebody's own portal session today, so that clicks on the own links are told apart.

    Safe to repeat. The address is used and forgotten. An address nobody can read is ignored.
    """
    today = clock.now().astimezone(UTC).date()
    try:
        prefix = address_prefix(address)
    except ValueError:
        return
    salt = session.scalar(select(ClickSalt.salt).where(ClickSalt.day == today))
    if salt is None:
        prepare_salts()
        salt = session.scalar(select(ClickSalt.salt).where(ClickSalt.day == today))
    if salt is None:
        return
    key = visitor_key(salt, prefix, agent.encode("latin-1", "replace"))
    session.execute(
        insert(OwnVisitor).values(day=today, visitor_key=key, employee_key=employee_key).on_conflict_do_nothing()
    )
