"""Links in a mail: one item, one person, no door to anything else; and a way to stop that needs no signing in."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from advocacy.content import service as content
from advocacy.foundation import clock, signing
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import Setting
from advocacy.learning.queries import GATE
from advocacy.notifications.models import NotificationPreference
from advocacy.notifications.queries import choices_of
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing.caption_models import CaptionAllotment
from advocacy.sharing.digests import links
from advocacy.sharing.models import Share, ShareState
from tests.factories.content import make_actor, make_live_item
from tests.factories.identity import make_account
from tests.factories.learning import make_live_lesson, take
from tests.factories.people import actor_for, make_advocate
from tests.factories.sharing import make_plan
from tests.support.clients import sign_in_browser
from tests.support.html import checked_page

WORDS = "I work at Meridian Works. I was there that night."


@pytest.fixture
def person(session):
    return make_advocate()


def path_to(person, item, settings):
    return links.sheet_url(person.id, item.id).removeprefix(settings.portal_url)


def off_path(person, settings):
    return links.stop_url(person.id).removeprefix(settings.portal_url)


def token_of(client, path):
    """Return the form's token, as the page holds it."""
    return checked_page(client.get(path)).field("csrf_token")


def test_the_link_opens_the_share_sheet_without_signing_in(client, person, settings):
    item = make_live_item()
    key, path = person.key, path_to(person, item, settings)
    page = checked_page(client.get(path))
    assert "Share in my words" in page.words()
    answer = client.post(path, data={"csrf_token": page.field("csrf_token"), "network": "linkedin", "text": WORDS})
    assert WORDS in checked_page(client.get(answer.location)).words()
    share = ambient.scalars(select(Share)).one()
    assert share.employee_key == key


def share_by(client, path):
    """Share by a link from a mail, and return the share's id and the page that follows."""
    token = token_of(client, path)
    answer = client.post(path, data={"csrf_token": token, "network": "x", "text": WORDS})
    return answer.location.rsplit("/", 1)[1], answer.location, token


def test_who_shares_from_a_mail_says_there_that_it_is_posted(client, person, settings):
    _id, following, token = share_by(client, path_to(person, make_live_item(), settings))
    assert "Did you post it?" in checked_page(client.get(following)).words()
    wrong = client.post(following, data={"csrf_token": token, "post_url": "https://elsewhere.example/1"})
    assert "https://elsewhere.example/1" in checked_page(wrong, 422).text
    data = {"csrf_token": token, "post_url": "https://x.com/someone/status/1"}
    answer = client.post(following, data=data)
    assert "Thank you" in checked_page(client.get(answer.location)).words()
    assert ambient.scalars(select(Share)).one().state == ShareState.CONFIRMED
    assert client.post(following, data=data).status_code == 302, "twice is once"


def test_looking_at_it_confirms_nothing(client, person, settings):
    _id, following, _token = share_by(client, path_to(person, make_live_item(), settings))
    for _ in range(3):
        assert client.get(following).status_code == 200
    assert ambient.scalars(select(Share)).one().state == ShareState.OPENED


def test_a_link_shows_and_confirms_only_what_was_written_by_it(client, person, settings):
    one, other = (path_to(person, make_live_item(), settings) for _ in range(2))
    share_id, _following, token = share_by(client, one)
    colleague = path_to(make_advocate(), make_live_item(), settings)
    for path in (other, colleague):
        elsewhere = f"{path}/shares/{share_id}"
        assert client.get(elsewhere).status_code == 404
        assert client.post(elsewhere, data={"csrf_token": token}).status_code == 404
    assert ambient.scalars(select(Share)).one().state == ShareState.OPENED


def test_a_script_gets_the_way_on(client, person, settings):
    path = path_to(person, make_live_item(), settings)
    data = {"csrf_token": token_of(client, path), "network": "x", "text": WORDS}
    answer = client.post(path, data=data, headers={"Accept": "application/json"}).get_json()
    assert answer["intent_url"].startswith("https://x.com/intent/")
    assert answer["next_url"].startswith(path + "/shares/")


def test_a_text_is_looked_at_while_it_is_written(client, person, settings):
    path = path_to(person, make_live_item(), settings)
    data = {"csrf_token": token_of(client, path), "network": "x", "text": "word " * 100}
    assert "characters too many for X" in client.post(path + "/checks", data=data).text
    assert ambient.scalars(select(Share)).all() == []


def test_opening_it_a_hundred_times_changes_nothing(client, person, settings):
    wording = {"network": None, "language": "en", "text": "Words"}
    path = path_to(person, make_live_item(captions=[wording]), settings)
    for _ in range(5):
        assert "Words" in client.get(path).text
        assert client.head(path).status_code == 200
    assert ambient.scalars(select(CaptionAllotment)).all() == []
    assert ambient.scalars(select(Share)).all() == []
    assert ambient.scalars(select(NotificationPreference)).all() == []


def test_it_opens_no_other_page_of_the_person(client, person, settings):
    client.get(path_to(person, make_live_item(), settings))
    for path in ("/", "/shares", "/my-data", "/notifications"):
        assert client.get(path).status_code in {302, 401}, path


def test_the_person_who_is_signed_in_gets_the_whole_sheet(app, person, settings):
    item = make_live_item()
    item_id, path = item.id, path_to(person, item, settings)
    answer = sign_in_browser(app, person).get(path)
    assert answer.status_code == 302
    assert answer.location == f"/items/{item_id}/share"


def test_somebody_else_who_is_signed_in_shares_as_themselves(app, person, settings):
    item = make_live_item()
    item_id, path = item.id, path_to(person, item, settings)
    other = sign_in_browser(app, make_advocate())
    for answer in (other.get(path), other.post(path, data={"network": "linkedin", "text": WORDS})):
        assert answer.location == f"/items/{item_id}/share"
    assert ambient.scalars(select(Share)).all() == []


def test_it_is_good_for_two_weeks(client, person, settings):
    with time_machine.travel(datetime(2026, 11, 3, 9, tzinfo=UTC), tick=False):
        item = make_live_item()
        path = path_to(person, item, settings)
        ambient.commit()
    with time_machine.travel(datetime(2026, 11, 17, 8, 59, tzinfo=UTC), tick=False):
        assert client.get(path).status_code == 200
    with time_machine.travel(datetime(2026, 11, 17, 9, 1, tzinfo=UTC), tick=False):
        assert client.get(path).status_code == 410


def test_a_changed_link_opens_nothing(client, person, settings):
    item = make_live_item()
    path = path_to(person, item, settings)
    other = signing.sign(links.STOP, str(person.id), str(item.id))
    # Not the last one: of its bits some are padding, which no signature covers.
    assert client.get(path[:-2] + ("A" if path[-2] != "A" else "B") + path[-1]).status_code == 404
    assert client.get("/from-mail/" + other).status_code == 404, "a link for another purpose"
    assert client.get("/from-mail/" + "A" * 5_000).status_code == 404
    assert client.get("/from-mail/" + signing.sign(links.SHEET, str(person.id))).status_code == 404
    unknown = signing.sign(links.SHEET, str(uuid4()), str(item.id))
    assert client.get("/from-mail/" + unknown).status_code == 410


@pytest.mark.parametrize("how", ["left", "closed"])
def test_it_ends_with_the_person(client, person, settings, how):
    path = path_to(person, make_live_item(), settings)
    account = make_account(person)
    if how == "left":
        person.left_on = datetime.now(UTC).date() - timedelta(days=2)
    else:
        account.is_active = False
    assert client.get(path).status_code == 410


def test_after_a_no_it_says_so_and_shares_nothing(client, person, settings):
    path = path_to(person, make_live_item(), settings)
    token = token_of(client, path)
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    assert "You stopped taking part" in checked_page(client.get(path)).words()
    answer = client.post(path, data={"csrf_token": token, "network": "linkedin", "text": WORDS})
    assert answer.status_code == 403
    assert ambient.scalars(select(Share)).all() == []


def test_what_was_taken_back_is_over(client, person, settings):
    author = make_actor(Role.CURATOR)
    item = make_live_item(author=author)
    path = path_to(person, item, settings)
    content.withdraw_item(author, item.id, reason="It was wrong.")
    assert "This is over" in checked_page(client.get(path)).words()


def test_words_that_do_not_fit_come_back(client, person, settings):
    path = path_to(person, make_live_item(), settings)
    token = token_of(client, path)
    answer = client.post(path, data={"csrf_token": token, "network": "x", "text": "word " * 100})
    assert "word word" in checked_page(answer, 422).text


def test_a_form_of_another_site_shares_nothing(client, person, settings):
    path = path_to(person, make_live_item(), settings)
    assert client.post(path, data={"network": "linkedin", "text": WORDS}).status_code in {400, 403}
    assert ambient.scalars(select(Share)).all() == []


# --- Stopping.


def test_a_mail_program_stops_the_mail_in_one_click(client, person, settings):
    """RFC 8058: a POST with this body, without cookies and without a token of ours. Twice is once."""
    path, key = off_path(person, settings), person.key
    for _ in range(2):
        assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert choices_of(key).muted == ("mail:suggestions",)
    assert not choices_of(key).is_everything_off
    assert choices_of(key).version == 1


def test_looking_at_the_page_stops_nothing(client, person, settings):
    path, key = off_path(person, settings), person.key
    assert "Stop this mail" in checked_page(client.get(path)).words()
    assert choices_of(key).version == 0


def test_everything_is_off_from_any_mail_without_signing_in(client, person, settings):
    path, key = off_path(person, settings), person.key
    answer = client.post(path, data={"what": "everything"})
    assert "Everything is off" in checked_page(answer).words()
    assert choices_of(key).is_everything_off


def test_an_old_mail_can_still_be_stopped(client, person, settings):
    with time_machine.travel(datetime(2020, 1, 1, tzinfo=UTC), tick=False):
        path = off_path(person, settings)
    assert client.get(path).status_code == 200


def test_a_share_link_stops_no_mail_and_a_changed_one_neither(client, person, settings):
    sheet = path_to(person, make_live_item(), settings).rsplit("/", 1)[1]
    assert client.post("/mail-off/" + sheet, data={}).status_code == 404
    stop = off_path(person, settings)
    changed = stop[:-2] + ("A" if stop[-2] != "A" else "B") + stop[-1]  # never what stood there already
    assert client.post(changed, data={}).status_code == 404
    assert ambient.scalars(select(NotificationPreference)).all() == []


def test_which_lessons_somebody_lacks_is_told_to_nobody_who_merely_holds_the_link(client, person, settings, session):
    lesson, reader = make_live_lesson(is_required=True), actor_for(person)
    path = path_to(person, make_live_item(), settings)
    token = token_of(client, path)
    session.add(Setting(name=GATE, value=True, changed_at=clock.now()))
    session.flush()
    asked = client.get(path)
    assert (asked.status_code, urlsplit(asked.location).path) == (302, "/sign-in")
    assert parse_qs(urlsplit(asked.location).query)["next"] == [path], "and then it goes on from there"
    refused = checked_page(client.post(path, data={"csrf_token": token, "network": "x", "text": WORDS}), 422)
    assert "Sign in to go on." in refused.words()
    assert WORDS in refused.text, "no words are lost"
    assert "Say that you work here" not in refused.words()
    assert ambient.scalars(select(Share)).all() == []
    take(reader, lesson)
    checked_page(client.get(path))


def test_a_reminder_opens_with_ones_words_also_for_who_is_signed_in(app, person, settings):
    item, other = make_live_item(), make_advocate()
    path = path_to(person, item, settings)
    noon = (clock.now() + timedelta(days=2)).replace(hour=12)  # in nobody's quiet hours
    plan_id = make_plan(person, item, noon, text=WORDS).id
    browser, colleague = sign_in_browser(app, make_account(person)), sign_in_browser(app, make_account(other))
    answer = browser.get(f"{path}?plan={plan_id}")
    assert WORDS in checked_page(browser.get(answer.location)).text
    answer = colleague.get(f"{path}?plan={plan_id}")
    assert WORDS not in checked_page(colleague.get(answer.location)).text, "another's words are no business of theirs"
