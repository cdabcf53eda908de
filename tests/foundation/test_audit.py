"""The audit chain shows every change in hindsight."""

import psycopg
import pytest
from sqlalchemy import func, select, text

from advocacy.foundation import audit, db
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import AuditEvent, AuditLink, AuditWaiting


@pytest.fixture
def three_events(committed_database):
    for number in range(3):
        audit.record(None, "test.act", number=number)
    ambient.commit()
    audit.chain()
    ambient.commit()


def test_verify_finds_nothing_wrong_when_nothing_was_changed(three_events):
    found = audit.verify()
    assert (found.chained, found.unchained, found.problems) == (3, 0, ())


@pytest.mark.parametrize(("chained_in", "read_in"), [("UTC", "Asia/Tokyo"), ("Asia/Tokyo", "UTC")])
def test_verify_finds_nothing_wrong_when_the_connection_tells_another_zone(committed_database, chained_in, read_in):
    audit.record(None, "test.act")
    ambient.commit()
    for zone, work in ((chained_in, audit.chain), (read_in, audit.verify)):
        ambient.execute(text(f"SET LOCAL TIME ZONE '{zone}'"))
        done = work()
        ambient.commit()
    assert (done.chained, done.problems) == (1, ())


def test_a_chain_that_was_made_before_still_verifies(committed_database):
    audit.record(None, "test.act")
    ambient.commit()
    audit.chain()
    ambient.commit()
    event, link = ambient.scalars(select(AuditEvent)).one(), ambient.scalars(select(AuditLink)).one()
    as_before = audit.canonical_of(event) | {"occurred_at": event.occurred_at.isoformat()}
    assert event.occurred_at.isoformat().endswith("+00:00")
    assert audit.hash_after(audit.FIRST_HASH, as_before) == link.hash


def test_verify_counts_the_tail_when_the_chainer_has_not_run(three_events):
    audit.record(None, "test.late")
    ambient.commit()
    assert audit.verify().unchained == 1


def test_the_chainer_takes_an_event_that_committed_late_when_newer_ones_are_chained(committed_database):
    with db.engine().connect() as late:
        late.execute(text("INSERT INTO audit_event (action, details) VALUES ('test.late', '{}')"))
        audit.record(None, "test.act")
        ambient.commit()
        assert audit.chain() == 1
        ambient.commit()
        late.commit()
    assert audit.chain() == 1
    ambient.commit()
    found = audit.verify()
    assert (found.chained, found.unchained, found.problems) == (2, 0, ())


def test_the_chainer_looks_only_at_what_waits(three_events):
    assert audit.chain() == 0
    assert ambient.scalar(select(func.count()).select_from(AuditWaiting)) == 0


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_event SET action = 'forged' WHERE key = (SELECT min(key) + 1 FROM audit_event)",
        "DELETE FROM audit_event WHERE key = (SELECT min(key) + 1 FROM audit_event)",
        "DELETE FROM audit_link WHERE sequence = 2",
    ],
)
def test_verify_finds_the_break_when_somebody_tampered(three_events, owner_url, tampering):
    with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute(tampering)
    assert not audit.verify().is_whole


def test_the_application_role_cannot_rewrite_an_event_when_it_tries(three_events):
    event = ambient.scalars(select(AuditEvent)).first()
    event.action = "forged"
    with pytest.raises(Exception, match="permission denied"):
        ambient.commit()
    ambient.rollback()
