"""Deciding about what came in: once, by those who write for the unit, and taken back where that was a mistake."""

import pytest

from advocacy.content import queries as content
from advocacy.content.models import ItemKind, ItemState
from advocacy.content.sources import inbox, queries
from advocacy.content.sources.models import EntryState
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.people.models import Audience
from tests.factories.content import make_actor, make_item
from tests.factories.people import make_unit
from tests.factories.sources import make_entry, make_source


@pytest.fixture
def curator(session):
    make_unit("Meridian Works")
    return make_actor(Role.CURATOR)


def waiting(actor, **filters):
    return [row.entry.title for row in queries.inbox(visible_to=actor, **filters).rows]


def test_an_accepted_entry_is_a_draft_with_what_it_said(curator):
    entry = make_entry(make_source(), language="de", title="Eine Brücke", summary="Kurz.")
    item = inbox.accept_entry(curator, entry.id)
    (text,) = content.texts_of(content.current_version(item).id)
    assert (item.state, text.language, text.title, text.summary) == (ItemState.DRAFT, "de", "Eine Brücke", "Kurz.")
    assert content.current_version(item).destination == entry.url
    assert waiting(curator) == []
    (row,) = queries.inbox(visible_to=curator, state=EntryState.ACCEPTED).rows
    assert (row.item_id, row.item_state) == (item.id, ItemState.DRAFT)
    with pytest.raises(Conflict):
        inbox.accept_entry(curator, entry.id)
    with pytest.raises(Conflict):
        inbox.dismiss_entry(curator, entry.id)
    with pytest.raises(Conflict):
        inbox.restore_entry(curator, entry.id)


@pytest.mark.parametrize(("reference", "kind"), [("R-1", ItemKind.JOB), (None, ItemKind.ARTICLE)])
def test_a_job_without_its_reference_becomes_an_article(curator, reference, kind):
    entry = make_entry(make_source(), kind=ItemKind.JOB, job={"reference": reference, "title": "Welder"})
    item = inbox.accept_entry(curator, entry.id)
    assert (item.kind, item.opening_reference) == (kind, reference)


def test_an_entry_of_a_host_that_is_not_allowed_stays(curator):
    entry = make_entry(make_source(), url="https://elsewhere.example/1")
    with pytest.raises(Invalid) as refused:
        inbox.accept_entry(curator, entry.id)
    assert "elsewhere.example" in refused.value.problems[0].detail
    assert entry.state is EntryState.NEW


def test_a_dismissal_can_be_taken_back(curator):
    entry = make_entry(make_source())
    inbox.dismiss_entry(curator, entry.id)
    assert waiting(curator) == []
    inbox.restore_entry(curator, entry.id)
    assert waiting(curator) == [entry.title]
    assert entry.decided_at is None


def test_several_are_decided_and_those_that_cannot_be_stay_and_say_why(curator):
    good, bad = make_entry(make_source()), make_entry(make_source(), url="https://elsewhere.example/1")
    decided = inbox.decide_entries(curator, [good.id, bad.id, good.id], decision="accept")
    assert [entry.id for entry in decided.done] == [good.id]
    ((title, why),) = decided.refused
    assert title == bad.title
    assert "elsewhere.example" in why
    assert waiting(curator) == [bad.title]


def test_the_inbox_is_that_of_ones_own_units(curator):
    root = make_unit("Root")
    ours, theirs = make_unit("Ours", parent=root), make_unit("Theirs", parent=root)
    local = make_actor(Role.CURATOR, unit=ours)
    mine, other = make_entry(make_source(ours), title="Mine"), make_entry(make_source(theirs), title="Other")
    assert waiting(local) == ["Mine"]
    assert set(waiting(curator)) == {"Mine", "Other"}
    assert queries.count_waiting(visible_to=local) == 1
    for act in (inbox.accept_entry, inbox.dismiss_entry, inbox.restore_entry):
        with pytest.raises(NotFound):
            act(local, other.id)
        with pytest.raises(NotPermitted):
            act(make_actor(), mine.id)
    with pytest.raises(NotFound):
        inbox.decide_entries(local, [other.id], decision="dismiss")
    item = inbox.accept_entry(local, mine.id)
    assert item.unit_key == ours.key
    assert ambient.get_one(Audience, item.audience_key).unit_keys == [ours.key]


def test_the_inbox_is_filtered_and_paged(curator):
    first, second = make_source(), make_source()
    for number in range(3):
        make_entry(first, title=f"First {number}")
    make_entry(second, title="Second")
    assert waiting(curator, source_id=second.id) == ["Second"]
    page = queries.inbox(visible_to=curator, limit=2)
    rest = queries.inbox(visible_to=curator, limit=2, cursor=page.next_cursor)
    assert len({row.entry.id for row in page.rows + rest.rows}) == 4
    assert rest.next_cursor is None
    assert waiting(curator, suggested=True) == []


def test_what_the_studio_has_already_is_told(curator):
    item = make_item(author=curator)
    entry = make_entry(make_source(), url=content.current_version(item).destination)
    (row,) = queries.inbox(visible_to=curator).rows
    assert (row.entry.id, row.known_item_id) == (entry.id, item.id)


def test_the_inbox_asks_a_fixed_number_of_questions(curator):
    from tests.support.sql import max_queries

    for _number in range(12):
        make_entry(make_source())
    with max_queries(8):
        assert len(queries.inbox(visible_to=curator).rows) == 12


def test_the_api_decides_too(api, session):
    make_unit("Meridian Works")
    program = api(None, Role.CURATOR)
    entry, other = make_entry(make_source()), make_entry(make_source(), url="https://elsewhere.example/1")
    listed = program.get("/api/v1/inbox?limit=1").json
    assert listed["next_cursor"]
    assert program.get("/api/v1/inbox?state=strange").status_code == 422
    accepted = program.post(f"/api/v1/inbox/{entry.id}/accept", json={})
    assert (accepted.status_code, accepted.json["state"]) == (200, "accepted")
    assert program.get(f"/api/v1/content/{accepted.json['item_id']}").json["texts"][0]["title"] == entry.title
    assert program.post(f"/api/v1/inbox/{entry.id}/accept", json={}).status_code == 409
    assert program.post(f"/api/v1/inbox/{other.id}/accept", json={}).status_code == 422
    assert program.post(f"/api/v1/inbox/{other.id}/dismiss", json={"answer": "No."}).json["state"] == "dismissed"
    assert program.post(f"/api/v1/inbox/{other.id}/restore").json["state"] == "new"
    both = {"decision": "dismiss", "entry_ids": [str(entry.id), str(other.id)]}
    decided = program.post("/api/v1/inbox/decisions", json=both)
    assert decided.json["done"] == [str(other.id)]
    assert decided.json["refused"][0]["title"] == entry.title
    assert program.post("/api/v1/inbox/decisions", json=both | {"decision": "burn"}).status_code == 422
    assert api().get("/api/v1/inbox").status_code == 403


def test_the_api_keeps_sources(api, site, recorded_jobs):
    make_unit("Meridian Works")
    program = api(None, Role.CURATOR)
    made = program.post("/api/v1/sources", json={"url": site.url("/feed"), "title": "Works"})
    assert (made.status_code, made.json["told"]) == (201, "Waits to be read for the first time.")
    address, tag = f"/api/v1/sources/{made.json['id']}", made.headers["ETag"]
    assert program.post("/api/v1/sources", json={"url": site.url("/feed")}).status_code == 409
    assert program.post("/api/v1/sources", json={"url": "x"}).status_code == 422
    recorded_jobs.run("content.poll_source")
    read = program.get(address)
    assert (read.json["problem"], read.json["failures"]) == ("not_there", 1)
    assert program.patch(address, json={"is_paused": True}).status_code == 428
    assert program.patch(address, json={"is_paused": True}, headers={"If-Match": tag}).status_code == 412
    paused = program.patch(address, json={"is_paused": True}, headers={"If-Match": read.headers["ETag"]})
    assert paused.json["pause_reason"] == "by_somebody"
    assert program.post(f"{address}/poll").status_code == 409
    assert [row["id"] for row in program.get("/api/v1/sources").json["data"]] == [made.json["id"]]
    assert api(None, Role.APPROVER).get(address).status_code == 403
    assert program.delete(address).status_code == 204
    assert program.get(address).status_code == 404
