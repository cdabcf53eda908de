"""Colleagues suggest pages: told to those who decide, answered, theirs to take back, and erased with them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from advocacy.content.sources import inbox, queries, service, suggesting
from advocacy.content.sources.models import EntryState, SourceEntry, Suggestion
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Invalid, NotFound, TooManyRequests
from advocacy.notifications.models import Kind, Notification
from advocacy.people import service as people
from tests.factories.content import HOST, make_actor, make_host
from tests.factories.people import actor_for, make_advocate, make_employee, make_unit
from tests.factories.sources import make_entry, make_source
from tests.people.test_leaving import run_erasure
from tests.support.sites import answer

URL = f"https://{HOST}/bridge"


@pytest.fixture
def curator(session):
    make_unit("Meridian Works")
    make_host()
    return make_actor(Role.CURATOR)


def voices(curator):
    (row,) = queries.inbox(visible_to=curator, suggested=True).rows
    return [(voice.name, voice.suggestion.why) for voice in row.voices]


def test_a_suggestion_comes_into_the_inbox_with_name_and_word(curator, recorded_jobs):
    person = make_employee(name="Inês Duarte")
    suggesting.suggest(actor_for(person), url=f"{URL}?utm_source=chat", why="  It is about\n our bridge. ")
    assert voices(curator) == [("Inês Duarte", "It is about our bridge.")]
    assert recorded_jobs.names() == ["content.read_suggested"]
    ((own, row),) = queries.own_suggestions(person.key)
    assert (own.why, row.entry.url, row.entry.state) == ("It is about our bridge.", URL, EntryState.NEW)
    assert queries.own_data(person.key)[0]["why"] == "It is about our bridge."


def test_a_page_whose_address_is_too_long_for_links_is_refused(curator):
    with pytest.raises(Invalid) as refused:
        suggesting.suggest(actor_for(make_employee()), url=f"https://{HOST}/" + "世" * 400, why="Good")
    assert "Enter one of at most 2000" in refused.value.problems[0].detail


def test_its_page_is_read_for_those_who_decide(curator, site, recorded_jobs):
    site.pages["/bridge"] = answer('<html lang="de"><title>Eine Brücke</title><meta name=description content=Kurz>')
    suggesting.suggest(actor_for(make_employee()), url=site.url("/bridge"), why="Good")
    recorded_jobs.run("content.read_suggested")
    entry = ambient.scalars(select(SourceEntry)).one()
    assert (entry.title, entry.summary, entry.language) == ("Eine Brücke", "Kurz", "de")


def test_a_page_that_cannot_be_read_keeps_its_address(curator, site, recorded_jobs):
    suggesting.suggest(actor_for(make_employee()), url=site.url("/gone"), why="Good")
    recorded_jobs.run("content.read_suggested")
    assert ambient.scalars(select(SourceEntry.title)).one() == "127.0.0.1/gone"


def test_several_colleagues_and_a_feed_speak_for_one_page(curator):
    entry = make_entry(make_source(), url=URL)
    one, other = make_employee(name="One"), make_employee(name="Other")
    suggesting.suggest(actor_for(one), url=f"{URL}/", why="First")
    suggesting.suggest(actor_for(other), url=URL, why="Second")
    suggesting.suggest(actor_for(one), url=URL, why="Better put")
    assert sorted(voices(curator)) == [("One", "Better put"), ("Other", "Second")]
    assert ambient.scalars(select(SourceEntry.id)).all() == [entry.id]


@pytest.mark.parametrize(("act", "is_taken"), [(inbox.accept_entry, True), (inbox.dismiss_entry, False)])
def test_everybody_who_suggested_it_hears_what_became_of_it(curator, act, is_taken):
    person = make_advocate()
    suggestion = suggesting.suggest(actor_for(person), url=URL, why="Good")
    act(curator, ambient.get_one(SourceEntry, suggestion.entry_key, populate_existing=True).id, answer=" Thank you. ")
    ((own, row),) = queries.own_suggestions(person.key)
    assert (own.answer, row.entry.state is EntryState.ACCEPTED) == ("Thank you.", is_taken)
    (line,) = ambient.scalars(select(Notification).where(Notification.employee_key == person.key)).all()
    assert (line.kind, line.details["is_taken"]) == (Kind.SUGGESTION_ANSWERED, is_taken)


def test_what_was_taken_up_already_is_answered_at_once(curator, recorded_jobs):
    entry = make_entry(make_source(), url=URL)
    person = actor_for(make_advocate())
    early = suggesting.suggest(person, url=URL, why="Good").created_at
    inbox.accept_entry(curator, entry.id, answer="Thank you.")
    late = suggesting.suggest(actor_for(make_advocate()), url=URL, why="Good too")
    assert (late.answer, late.answered_by) == ("It was taken up already. Thank you for thinking of it.", None)
    assert late.created_at > entry.decided_at
    again = suggesting.suggest(person, url=URL, why="As I said")
    assert (again.why, again.answer, again.created_at) == ("Good", "Thank you.", early)


def test_an_answer_that_is_too_long_is_refused(curator):
    suggestion = suggesting.suggest(actor_for(make_employee()), url=URL, why="Good")
    entry = ambient.get_one(SourceEntry, suggestion.entry_key)
    with pytest.raises(Invalid):
        inbox.dismiss_entry(curator, entry.id, answer="x" * 301)


def test_what_was_dismissed_comes_up_again_when_somebody_speaks_for_it(curator):
    entry = make_entry(make_source(), url=URL)
    inbox.dismiss_entry(curator, entry.id)
    suggesting.suggest(actor_for(make_employee()), url=URL, why="Look again")
    ambient.refresh(entry)
    assert entry.state is EntryState.NEW


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("nonsense", "Good"),
        ("javascript:alert(1)", "Good"),
        ("", "Good"),
        (URL, ""),
        (URL, "  "),
        (URL, "x" * 301),
        (URL, "\x00"),
    ],
)
def test_a_suggestion_without_sense_is_refused(curator, url, why):
    with pytest.raises(Invalid):
        suggesting.suggest(actor_for(make_employee()), url=url, why=why)
    assert ambient.scalars(select(SourceEntry)).all() == []


def test_suggesting_has_an_end(curator, monkeypatch):
    monkeypatch.setattr(suggesting, "MOST_A_DAY", 1)
    person = actor_for(make_employee())
    suggesting.suggest(person, url=URL, why="Good")
    with pytest.raises(TooManyRequests):
        suggesting.suggest(person, url=f"{URL}/2", why="Good")


def test_ones_own_suggestion_can_be_taken_back_and_nobody_elses(curator):
    person = actor_for(make_employee())
    suggestion = suggesting.suggest(person, url=URL, why="Good")
    with pytest.raises(NotFound):
        suggesting.withdraw_suggestion(actor_for(make_employee()), suggestion.id)
    suggesting.withdraw_suggestion(person, suggestion.id)
    ambient.flush()
    assert ambient.scalars(select(SourceEntry)).all() == []


def test_suggestions_go_to_those_who_write_for_the_unit(curator):
    root = make_unit("Root")
    ours, theirs = make_unit("Ours", parent=root), make_unit("Theirs", parent=root)
    suggesting.suggest(actor_for(make_employee(ours)), url=URL, why="Good")
    assert len(queries.inbox(visible_to=make_actor(Role.CURATOR, unit=ours)).rows) == 1
    assert queries.inbox(visible_to=make_actor(Role.CURATOR, unit=theirs)).rows == []
    assert len(queries.inbox(visible_to=curator).rows) == 1


def test_suggestions_are_erased_with_the_person(curator, recorded_jobs):
    person, other = make_employee(name="Person"), make_employee(name="Other")
    suggesting.suggest(actor_for(person), url=URL, why="Mine alone")
    for each in (person, other):
        suggesting.suggest(actor_for(each), url=f"{URL}/shared", why=f"Of {each.name}")
    people.erase(make_actor(Role.ADMINISTRATOR), person.id)
    run_erasure(ambient, person.key)
    ambient.expire_all()
    assert [row.why for row in ambient.scalars(select(Suggestion))] == ["Of Other"]
    assert [row.url for row in ambient.scalars(select(SourceEntry))] == [f"{URL}/shared"]


def test_old_suggestions_are_forgotten(curator):
    person = make_employee()
    suggestion = suggesting.suggest(actor_for(person), url=URL, why="Good")
    suggestion.created_at = clock.now() - timedelta(days=731)
    ambient.flush()
    service.forget_old_entries()
    assert queries.own_suggestions(person.key) == []


def test_the_api_suggests_too(api, session):
    make_unit("Meridian Works")
    program = api()
    made = program.post("/api/v1/suggestions", json={"url": URL, "why": "Good"})
    assert (made.status_code, made.json["state"], made.json["answer"]) == (201, "new", None)
    assert program.post("/api/v1/suggestions", json={"url": URL}).status_code == 422
    assert [row["id"] for row in program.get("/api/v1/suggestions").json["data"]] == [made.json["id"]]
    assert api().get("/api/v1/suggestions").json["data"] == []
    curator = api(None, Role.CURATOR)
    (entry,) = curator.get("/api/v1/inbox?suggested=true").json["data"]
    assert entry["voices"][0]["why"] == "Good"
    assert program.delete(f"/api/v1/suggestions/{made.json['id']}").status_code == 204
    assert program.get("/api/v1/suggestions").json["data"] == []
