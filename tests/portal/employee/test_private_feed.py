"""The secret address of one's feed: valid for readers and calendars, without anything of the person, and revocable."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import feedparser
import pytest
import time_machine
from icalendar import Calendar
from sqlalchemy import select

from advocacy.content import service as content
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.identity.models import Account
from advocacy.notifications import service
from advocacy.notifications.models import PrivateFeed
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from tests.factories.content import make_actor, make_live_item
from tests.factories.identity import make_account
from tests.factories.people import actor_for, make_advocate, make_unit
from tests.support.html import checked_page

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOSTILE = 'Five < six & "seven" ]]> <script>alert(1)</script>'


@pytest.fixture
def person(session):
    return make_advocate(make_unit("A unit nobody outside knows"), name="Inês Duarte")


@pytest.fixture
def secret(person):
    token = service.make_private_feed(actor_for(person))
    ambient.commit()
    return token


def live(title="The pump that saves a river", **fields):
    texts = {"en": {"title": title, "summary": "Two sentences, with a comma; and a semicolon."}}
    return make_live_item(texts=texts, **fields)


def test_readers_understand_it(client, secret):
    with time_machine.travel(NOON, tick=False):
        item = live(HOSTILE)
        item_id = str(item.id)
        live("Another")
        answer = client.get(f"/feeds/{secret}/feed.rss")
    assert answer.mimetype == "application/rss+xml"
    found = feedparser.parse(answer.get_data())
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "rss20"
    assert {entry.title for entry in found.entries} == {HOSTILE, "Another"}
    (entry,) = [entry for entry in found.entries if entry.title == HOSTILE]
    assert entry.id == f"urn:uuid:{item_id}"
    assert entry.link.endswith(f"/items/{item_id}/share")
    assert entry.published_parsed[:5] == (2026, 11, 24, 12, 0)


def test_what_the_specification_asks_of_a_channel_is_there(client, secret):
    live()
    root = ElementTree.fromstring(client.get(f"/feeds/{secret}/feed.rss").get_data())
    channel = root.find("channel")
    assert root.get("version") == "2.0"
    for name in ("title", "link", "description"):
        assert channel.findtext(name), name
    guids = [item.find("guid") for item in channel.iter("item")]
    assert all(guid.get("isPermaLink") == "false" for guid in guids)
    assert len({guid.text for guid in guids}) == len(guids)


def test_calendars_understand_it(client, secret):
    with time_machine.travel(NOON, tick=False):
        live("Ends soon", expires_at=NOON + timedelta(days=3))
        answer = client.get(f"/feeds/{secret}/calendar.ics")
    assert answer.mimetype == "text/calendar"
    raw = answer.get_data()
    assert all(len(line) <= 75 for line in raw.split(b"\r\n")), "lines are folded"
    calendar = Calendar.from_ical(raw)
    assert not calendar.errors
    events = list(calendar.walk("VEVENT"))
    assert [(str(e["summary"]), e.decoded("dtstart").isoformat()) for e in events] == [
        ("Ends soon", "2026-11-24"),
        ("Last day: Ends soon", "2026-11-27"),
    ]
    assert len({str(event["uid"]) for event in events}) == 2
    assert str(events[0]["description"]) == "Two sentences, with a comma; and a semicolon."
    assert not [e for e in events if e.errors]


@pytest.mark.parametrize("file", ["feed.rss", "calendar.ics"])
def test_an_unchanged_feed_is_not_sent_again(client, secret, file):
    author = make_actor(Role.CURATOR)
    item = live(author=author)
    first = client.get(f"/feeds/{secret}/{file}")
    again = client.get(f"/feeds/{secret}/{file}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.get_data() == b""
    content.withdraw_item(author, item.id, reason="It was wrong.")
    changed = client.get(f"/feeds/{secret}/{file}", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert b"The pump" not in changed.get_data()


@pytest.mark.parametrize("file", ["feed.rss", "calendar.ics"])
def test_nothing_of_the_person_is_inside(client, person, secret, file):
    live()
    words = (person.name, person.email, str(person.id), person.external_id, secret, "A unit nobody outside knows")
    answer = client.get(f"/feeds/{secret}/{file}")
    text = answer.get_data(as_text=True).replace("\r\n ", "")
    assert not [word for word in words if word in text]
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "private" in answer.headers["Cache-Control"]


def test_only_a_hash_is_kept(person, secret):
    row = ambient.scalars(select(PrivateFeed)).one()
    assert secret.encode() not in row.token_hash
    assert row.hint == "…" + secret[-4:]


def test_a_new_address_ends_the_old_one_and_a_revoked_one_is_no_more(client, person, secret):
    actor = actor_for(person)
    newer = service.make_private_feed(actor)
    assert client.get(f"/feeds/{secret}/feed.rss").status_code == 404
    assert client.get(f"/feeds/{newer}/feed.rss").status_code == 200
    service.revoke_private_feed(actor)
    assert client.get(f"/feeds/{newer}/feed.rss").status_code == 404


@pytest.mark.parametrize("how", ["withdraw", "close", "leave"])
def test_it_ends_with_the_yes_and_with_the_person(client, person, secret, how):
    if how == "withdraw":
        withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    elif how == "close":
        make_account(person)
        ambient.scalars(select(Account).where(Account.employee_key == person.key)).one().is_active = False
    else:
        person = ambient.merge(person)
        person.left_on = datetime.now(UTC).date() - timedelta(days=2)
    assert client.get(f"/feeds/{secret}/feed.rss").status_code == 410


def test_a_program_that_asks_all_the_time_is_told_to_wait(client, secret):
    statuses = {client.get(f"/feeds/{secret}/feed.rss").status_code for _ in range(60)}
    assert statuses == {200}
    answer = client.get(f"/feeds/{secret}/calendar.ics")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_whoever_tries_addresses_is_stopped(client):
    statuses = [client.get(f"/feeds/nothing{number}/feed.rss").status_code for number in range(31)]
    assert statuses == [404] * 30 + [429]


def test_it_is_made_shown_once_and_revoked_on_the_page(sign_in, person):
    browser = sign_in(person)
    made = checked_page(browser.post("/notifications/feed"))
    addresses = [one.text for one in made.all("code") if one.text and "/feeds/" in one.text]
    assert [address.rsplit("/", 1)[1] for address in addresses] == ["feed.rss", "calendar.ics"]
    later = checked_page(browser.get("/notifications/settings"))
    assert "/feeds/" not in later.text
    assert "Revoke it" in later.words()
    assert browser.post("/notifications/feed/revoke").status_code == 302
    assert ambient.scalars(select(PrivateFeed)).all() == []


def test_it_is_made_and_revoked_by_program(api, person, client):
    program = api(person)
    assert program.get("/api/v1/me/private-feed").status_code == 404
    made = program.post("/api/v1/me/private-feed")
    assert made.status_code == 201
    assert client.get(made.json["rss_url"]).status_code == 200
    assert program.get("/api/v1/me/private-feed").json["hint"].startswith("…")
    assert program.delete("/api/v1/me/private-feed").status_code == 204
    assert client.get(made.json["rss_url"]).status_code == 404
