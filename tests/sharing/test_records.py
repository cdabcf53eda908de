"""Shared texts as evidence: only of products, only when two others agree, and never behind their authors' backs."""

import dataclasses
import email
import io
import json
import zipfile
from datetime import timedelta
from email import policy

import pytest
import time_machine
from babel.dates import format_date
from sqlalchemy import delete, select, update

from advocacy.content import queries
from advocacy.content import service as content
from advocacy.content.evidence import problems_in, problems_with_chain
from advocacy.foundation import audit, clock, preferences
from advocacy.foundation.access import Permission, Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.identity.models import RoleGrant
from advocacy.notifications import service as notifications
from advocacy.notifications.models import Kind, Notification
from advocacy.notifications.wording import told
from advocacy.people.models import Consent, Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing import corrections, record_keeping, records
from advocacy.sharing.correction_models import Asks
from advocacy.sharing.models import Share
from advocacy.sharing.service import confirm_share
from tests.factories.content import make_actor, make_live_item
from tests.factories.people import actor_for, give_consent, make_advocate, make_unit
from tests.factories.sharing import make_share
from tests.support.html import checked_page
from workers import sharing as work

WHY = "The regulator asks for what was said about the pump."
TEXT = "I work at Meridian Works. The pump beside my house is quiet."


@pytest.fixture
def item(session):
    return make_live_item(is_product=True)


@pytest.fixture
def author(item):
    person = make_advocate(name="Robin Lopes")
    make_share(employee=person, item=item, text=TEXT, confirmed=True)
    return person


def approver():
    actor = make_actor(Role.APPROVER)
    ambient.add(RoleGrant(account_id=actor.account_id, role=Role.APPROVER))
    return actor


def opened(item):
    asker = approver()
    wish = records.ask(asker, item.id, reason=WHY)
    for _ in range(2):
        records.approve(approver(), wish.id)
    return asker, wish


def lines_of(person):
    return [row.kind for row in ambient.scalars(select(Notification).where(Notification.employee_key == person.key))]


def test_two_others_agree_and_authors_hear_of_it_before_anything_can_be_read(item, author, app):
    other = make_advocate()
    make_share(employee=other, item=make_live_item(), confirmed=True)
    asker = approver()
    wish = records.ask(asker, item.id, reason=WHY)
    with pytest.raises(Conflict):
        records.evidence_with_texts(asker, wish.id)
    with pytest.raises(NotPermitted):
        records.approve(asker, wish.id)
    first = approver()
    records.approve(first, wish.id)
    with pytest.raises(Conflict):
        records.approve(first, wish.id)
    with pytest.raises(Conflict):
        records.evidence_with_texts(asker, wish.id)
    assert lines_of(author) == []
    records.approve(approver(), wish.id)
    assert (lines_of(author), lines_of(other)) == ([Kind.TEXTS_IN_EVIDENCE], [])
    pack = records.evidence_with_texts(asker, wish.id)
    (shared,) = pack["shared_texts"]
    assert (shared["text"], shared["by"], shared["network"]) == (TEXT, "Robin Lopes", "linkedin")
    assert shared["version_hash"] == pack["version"]["hash"]
    assert problems_in(json.loads(json.dumps(pack))) == problems_with_chain(pack) == []
    shared["text"] = "Nothing of the kind."
    assert problems_with_chain(pack) != []
    actions = [event.action for event, _ in audit.recent(limit=10) if event.action.startswith("records.")]
    assert actions == [
        "records.exported", "records.opened", "records.approved", "records.approved", "records.asked",
    ]  # fmt: skip
    line, title = ambient.scalars(select(Notification)).one(), title_of(item)
    with app.test_request_context("/"):
        shown = told(line)
    assert shown.path == "/my-data#evidence"
    assert WHY in shown.text
    assert title in shown.text


def test_only_what_was_shared_until_they_agreed_and_only_for_some_days(item, author):
    asker, wish = opened(item)
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        make_share(employee=make_advocate(), item=item, confirmed=True)
        assert len(records.evidence_with_texts(asker, wish.id)["shared_texts"]) == 1
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False), pytest.raises(Conflict, match="Ask again"):
        records.evidence_with_texts(asker, wish.id)


def test_of_anything_else_and_for_anybody_else_there_are_none(item, author):
    with pytest.raises(Conflict, match="product"):
        records.ask(approver(), make_live_item().id, reason=WHY)
    with pytest.raises(Invalid):
        records.ask(approver(), item.id, reason="  ")
    with pytest.raises(NotPermitted):
        records.ask(make_actor(Role.CURATOR), item.id, reason=WHY)
    asker, wish = opened(item)
    elsewhere = make_actor(Role.APPROVER, unit=make_unit("Elsewhere"))
    for stranger in (elsewhere, actor_for(make_advocate()), approver()):
        with pytest.raises((NotFound, NotPermitted)):
            records.evidence_with_texts(stranger, wish.id)
    records.ask(asker, item.id, reason=WHY)
    with pytest.raises(Conflict, match="already"):
        records.ask(asker, item.id, reason=WHY)


def test_on_the_page(item, author, sign_in):
    first, second, third = (sign_in(None, Role.APPROVER) for _ in range(3))
    path = f"/studio/{item.id}/records"
    checked_page(first.post(path, data={"reason": ""}), 422)
    assert first.post(path, data={"reason": WHY}).status_code == 302
    checked_page(second.post(path, data={"reason": WHY}), 409)
    wish_id = ambient.scalars(select(records.RecordRequest.id)).one()
    assert WHY in checked_page(second.get(path)).words()
    for browser in (second, third):
        assert browser.post(f"{path}/{wish_id}/approve").status_code == 302
    page = checked_page(first.get(path)).words()
    assert "Download" in page
    assert "Robin" not in page
    answer = first.get(f"/studio/records/{wish_id}.zip")
    pack = json.loads(zipfile.ZipFile(io.BytesIO(answer.get_data())).read("evidence.json"))
    assert pack["shared_texts"][0]["text"] == TEXT


def title_of(item):
    return queries.text_of(queries.current_version(item).id, "en").title


@pytest.mark.parametrize("is_off", [False, True])
def test_each_author_gets_a_letter_whatever_is_off(item, author, recorded_jobs, settings, is_off):
    for file in settings.mail_outbox.glob("*"):
        file.unlink()
    if is_off:
        notifications.turn_everything_off(author.key)
    address, title = author.email, title_of(item)
    opened(item)
    recorded_jobs.run("notifications.send_duty_letter")
    found = [
        email.message_from_bytes(one.read_bytes(), policy=policy.default) for one in settings.mail_outbox.glob("*")
    ]
    (letter,) = [one for one in found if one["To"] == address]
    body = letter.get_body(("plain",)).get_content()
    last_day = format_date(record_keeping.closing_day(clock.now()), "long", locale="en")
    for said in (title, WHY, last_day, f"{settings.portal_url}/my-data#evidence"):
        assert said in body


def test_it_stands_in_my_data_and_in_the_export(item, author, sign_in):
    browser = sign_in(author)
    assert "Read as evidence" not in checked_page(browser.get("/my-data")).words()
    opened(item)
    words = checked_page(browser.get("/my-data")).words()
    assert WHY in words
    assert title_of(item) in words
    (told_of,) = browser.get("/my-data/export.json").json["evidence"]
    assert (told_of["item"], told_of["reason"]) == (title_of(item), WHY)


def withdraw(person):
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")


def test_who_withdrew_is_neither_told_nor_read_nor_named(item, author):
    before, after = make_advocate(name="Ana Duarte"), make_advocate(name="Kim Berg")
    for person in (before, after):
        make_share(employee=person, item=item, confirmed=True)
    withdraw(before)
    asker, wish = opened(item)
    assert (lines_of(before), lines_of(after)) == ([], [Kind.TEXTS_IN_EVIDENCE])
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        withdraw(after)
        pack = records.evidence_with_texts(asker, wish.id)
        assert [one["by"] for one in pack["shared_texts"]] == ["Robin Lopes"]
        assert pack["texts_left_out"] is None, "two people are no group"
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        for person in (before, after):
            give_consent(person, at=clock.now())
        names = [one["by"] for one in records.evidence_with_texts(asker, wish.id)["shared_texts"]]
        assert names == ["Robin Lopes"], "a new yes brings nothing back"


def test_a_group_that_withdrew_is_counted(item, author):
    people = [make_advocate() for _ in range(preferences.smallest_group())]
    for person in people:
        make_share(employee=person, item=item, confirmed=True)
        withdraw(person)
    asker, wish = opened(item)
    assert records.evidence_with_texts(asker, wish.id)["texts_left_out"] == len(people)


def test_texts_about_products_go_after_their_years_and_are_not_read_before(item, author):
    culture = make_live_item()
    theirs = make_share(employee=author, item=culture, text=TEXT, confirmed=True)
    asker, wish = opened(item)
    ambient.execute(update(Share).values(opened_at=clock.now() - timedelta(days=3 * 366 - 1)))
    ambient.execute(update(Consent).values(granted_at=clock.now() - timedelta(days=5 * 366)))
    assert len(records.evidence_with_texts(asker, wish.id)["shared_texts"]) == 1
    work.forget_texts()
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert records.evidence_with_texts(asker, wish.id)["shared_texts"] == []
        work.forget_texts()
        assert record_keeping.forget_texts() == 0
    rows = ambient.execute(select(Share.item_key, Share.text)).all()
    assert dict(rows) == {item.key: "", culture.key: theirs.share.text}


def expire(item):
    return content.expire_item(make_actor(Role.CURATOR), item.id)


def test_what_people_saw_as_no_product_never_becomes_one(session):
    item = make_live_item()
    make_share(item=item, text=TEXT, confirmed=True)
    expire(item)
    with pytest.raises(Conflict, match="saw this item"):
        content.change_item(make_actor(Role.CURATOR), item.id, seen_version=item.row_version, is_product=True)


def test_each_share_is_judged_by_the_version_it_was_made_of(item, author):
    curator = make_actor(Role.CURATOR)
    culture = make_live_item(author=curator)
    share = make_share(item=culture, text=TEXT, confirmed=True)
    # As it could be before: the item's own word changed after people shared it.
    culture.is_product = True
    asker, wish = opened(culture)
    assert records.evidence_with_texts(asker, wish.id)["shared_texts"] == []
    with pytest.raises(Invalid, match="No post"):
        corrections.propose(approver(), address=share.link_url, asks=Asks.TAKE_DOWN, reason=WHY)


def test_an_expired_item_offers_no_tick_about_products(sign_in, session):
    item = make_live_item()
    expire(item)
    page = checked_page(sign_in(None, Role.CURATOR).get(f"/studio/{item.id}/edit"))
    assert 'name="is_product"' not in page.text
    assert 'name="is_non_business"' in page.text


def test_what_was_never_posted_is_not_read_and_its_author_not_told(item, author):
    person = make_advocate()
    tried = make_share(employee=person, item=item, text="Only tried out.")
    asker, wish = opened(item)
    assert lines_of(person) == []
    confirm_share(actor_for(person), tried.share.id)
    assert [one["text"] for one in records.evidence_with_texts(asker, wish.id)["shared_texts"]] == [TEXT]


def test_the_three_are_people_who_are_there(item, author):
    asker = approver()
    service_account = dataclasses.replace(approver(), employee_key=None)
    program = dataclasses.replace(approver(), scopes=frozenset(Permission))
    for other in (service_account, program):
        with pytest.raises(NotPermitted, match="signed in"):
            records.ask(other, item.id, reason=WHY)
    wish = records.ask(asker, item.id, reason=WHY)
    for other in (service_account, program):
        with pytest.raises(NotPermitted, match="signed in"):
            records.approve(other, wish.id)
    for _ in range(2):
        records.approve(approver(), wish.id)
    with pytest.raises(NotPermitted, match="signed in"):
        records.evidence_with_texts(dataclasses.replace(asker, scopes=frozenset(Permission)), wish.id)


def test_an_agreement_ends_with_the_role_of_who_gave_it(item, author):
    asker, first = approver(), approver()
    wish = records.ask(asker, item.id, reason=WHY)
    records.approve(first, wish.id)
    ambient.execute(delete(RoleGrant).where(RoleGrant.account_id == first.account_id))
    records.approve(approver(), wish.id)
    assert wish.opened_at is None
    (shown,) = records.requests_of(asker, item.id)
    assert (shown.approvals, lines_of(author)) == (1, [])
    records.approve(approver(), wish.id)
    assert (wish.opened_at is not None, lines_of(author)) == (True, [Kind.TEXTS_IN_EVIDENCE])


def test_a_request_that_nobody_wanted_lapses_and_makes_room(item, author):
    asker = approver()
    wish = records.ask(asker, item.id, reason=WHY)
    records.approve(approver(), wish.id)
    with time_machine.travel(clock.now() + timedelta(days=14, minutes=1), tick=False):
        with pytest.raises(Conflict, match="Ask again"):
            records.approve(approver(), wish.id)
        assert [one.is_waiting for one in records.requests_of(asker, item.id)] == [False]
        again = records.ask(asker, item.id, reason=WHY)
        assert [one.is_waiting for one in records.requests_of(asker, item.id)] == [True, False]
        assert (wish.opened_at, again.lapsed_at) == (None, None)


def test_a_program_reads_who_asked_and_no_more(item, author, api):
    _asker, wish = opened(item)
    program = api(None, Role.APPROVER)
    (shown,) = program.get(f"/api/v1/content/{item.id}/record-requests").json["data"]
    assert (shown["approvals"], shown["is_open"], shown["is_waiting"]) == (2, True, False)
    assert program.get(f"/api/v1/record-requests/{wish.id}/evidence").status_code == 404
    assert program.post(f"/api/v1/record-requests/{wish.id}/approve").status_code == 404
