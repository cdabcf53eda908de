"""Shared texts as evidence: only of products, only when two others agree, and never behind their authors' backs."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from advocacy.content.evidence import problems_in
from advocacy.foundation import audit, clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.notifications.models import Kind, Notification
from advocacy.notifications.wording import told
from advocacy.sharing import records
from tests.factories.content import make_actor, make_live_item
from tests.factories.people import actor_for, make_advocate, make_unit
from tests.factories.sharing import make_share
from tests.support.html import checked_page

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
    return make_actor(Role.APPROVER)


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
    make_share(employee=other, item=make_live_item())
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
    assert problems_in(json.loads(json.dumps(pack))) == []
    actions = [event.action for event, _ in audit.recent(limit=10) if event.action.startswith("records.")]
    assert actions == [
        "records.exported", "records.opened", "records.approved", "records.approved", "records.asked",
    ]  # fmt: skip
    line = ambient.scalars(select(Notification)).one()
    with app.test_request_context("/"):
        assert told(line).path == "/shares"


def test_only_what_was_shared_until_they_agreed_and_only_for_some_days(item, author):
    asker, wish = opened(item)
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        make_share(employee=make_advocate(), item=item)
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


def test_by_program(item, author, api):
    asker, first, second = (api(None, Role.APPROVER) for _ in range(3))
    made = asker.post(f"/api/v1/content/{item.id}/record-requests", json={"reason": WHY})
    assert (made.status_code, made.json["opened_at"]) == (201, None)
    path = f"/api/v1/record-requests/{made.json['id']}"
    assert asker.get(f"{path}/evidence").status_code == 409
    assert first.post(f"{path}/approve").json["opened_at"] is None
    assert second.post(f"{path}/approve").json["opened_at"] is not None
    (shown,) = asker.get(f"/api/v1/content/{item.id}/record-requests").json["data"]
    assert (shown["approvals"], shown["is_open"]) == (2, True)
    assert asker.get(f"{path}/evidence").json["shared_texts"][0]["text"] == TEXT
