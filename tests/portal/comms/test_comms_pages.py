"""Studio, compose and review: what is typed is kept, what is decided is what was seen."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from advocacy.content import campaigns, queries, service, skipping
from advocacy.content.models import ContentItem, ItemKind, ItemState, SkipReason
from advocacy.foundation.access import Permission, Role
from advocacy.foundation.db import session as ambient
from advocacy.identity.service import actor_of
from advocacy.people.models import Audience
from advocacy.people.queries import root_unit, today
from advocacy.sharing.models import Link
from tests.factories.content import HOST, approve, make_host, make_item, make_live_item
from tests.factories.identity import make_account
from tests.factories.people import actor_for, make_advocate, make_employee, make_topic, make_unit
from tests.factories.sharing import make_share
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import UNESCAPED, checked_page


@pytest.fixture
def curator(app: Any, session: Any) -> Browser:
    make_host()
    if root_unit() is None:
        make_unit("Meridian Works")
    return sign_in_browser(app, None, Role.CURATOR)


def form_of(**fields: Any) -> dict[str, Any]:
    """Return a form that is complete."""
    return {
        "action": "save",
        "kind": "article",
        "language_0": "en",
        "title_0": "A bridge that repairs itself",
        "summary_0": "Two sentences.",
        "destination": f"https://{HOST}/bridge",
        "caption_network_0": "linkedin",
        "caption_language_0": "en",
        "caption_text_0": "I saw it crack and heal.",
        "caption_network_1": "",
        "caption_language_1": "en",
        "caption_text_1": "",
        "priority": "0",
        **fields,
    }


def only_item() -> ContentItem:
    (item,) = ambient.query(ContentItem).all()
    return item


def as_actor(browser: Browser) -> Any:
    return actor_of(browser.account)


@pytest.mark.parametrize("path", ["/studio", "/studio/compose", "/studio?state=draft", "/studio?state=nothing"])
def test_pages_are_good_while_there_is_nothing(curator: Browser, path: str) -> None:
    checked_page(curator.get(path))


def test_an_item_is_saved_as_a_draft_with_everything_that_was_typed(curator: Browser) -> None:
    topic, day = make_topic("Bridges"), f"{today().year + 2}-01-02"
    answer = curator.post(
        "/studio/compose",
        data=form_of(topics=str(topic.id), audience_countries="DE", live_from=f"{day}T09:00", is_pinned="yes"),
    )
    item = only_item()
    assert answer.location == f"/studio/{item.id}"
    assert item.state is ItemState.DRAFT
    assert item.is_pinned
    assert item.live_from is not None
    assert item.live_from.isoformat().startswith(f"{day}T08:00")
    shown = checked_page(curator.get(f"/studio/{item.id}")).words()
    assert "I saw it crack and heal." in shown
    assert "I work at Meridian Works." in shown
    assert "Bridges" in shown
    assert "Germany" in shown


def test_saving_and_sending_puts_it_in_front_of_an_approver(curator: Browser) -> None:
    curator.post("/studio/compose", data=form_of(action="submit"))
    assert only_item().state is ItemState.IN_REVIEW


def test_a_form_that_cannot_be_saved_comes_back_with_what_was_typed(curator: Browser) -> None:
    answer = curator.post(
        "/studio/compose",
        data=form_of(destination="https://elsewhere.example/x", caption_text_0="x" * 3_500, title_0=UNESCAPED),
    )
    page = checked_page(answer, 422)
    assert "Links may not lead to elsewhere.example" in page.words()
    assert page.field("destination") == "https://elsewhere.example/x"
    assert page.field("title_0") == UNESCAPED
    assert "LinkedIn takes at most" in page.words()
    assert ambient.query(ContentItem).count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "poem"},
        {"unit_id": "nonsense"},
        {"topics": "nonsense"},
        {"live_from": "tomorrow"},
        {"priority": "-1"},
        {"priority": "1000"},
        {"title_0": "\x00"},
        {"title_0": ""},
        {"language_0": "nonsense language"},
        {"audience_countries": "ZZ"},
        {"caption_network_0": "myspace"},
        {"destination": "javascript:alert(1)"},
        {"opening_reference": "R-1"},
        {"expires_at": "2001-01-01T00:00"},
    ],
)
def test_bad_input_is_told_and_nothing_is_saved(curator: Browser, fields: dict[str, str]) -> None:
    page = checked_page(curator.post("/studio/compose", data=form_of(**fields)), 422)
    assert "There is something to mend" in page.words()
    assert ambient.query(ContentItem).count() == 0


def test_another_language_and_caption_come_without_script(curator: Browser) -> None:
    page = checked_page(curator.post("/studio/compose", data=form_of(action="language")))
    assert page.field("title_0") == "A bridge that repairs itself"
    assert page.one("input", name="title_1") is not None
    page = checked_page(curator.post("/studio/compose", data=form_of(action="caption")))
    assert len([field for field in page.all("textarea") if field.get("name", "").startswith("caption_text")]) == 3
    assert ambient.query(ContentItem).count() == 0


def test_the_preview_shows_what_networks_get(curator: Browser) -> None:
    page = checked_page(curator.post("/studio/compose", data=form_of(action="preview"))).words()
    assert "I work at Meridian Works." in page
    assert "of 3,000" in page
    part = curator.post("/studio/preview", data=form_of(title_0=UNESCAPED)).get_data(as_text=True)
    assert "I saw it crack and heal." in part
    assert UNESCAPED not in part


def test_a_locked_text_that_does_not_disclose_is_told_before_it_goes_out(curator: Browser) -> None:
    part = curator.post("/studio/preview", data=form_of(is_text_locked="yes")).get_data(as_text=True)
    assert "does not say" in part


def test_an_edit_that_somebody_else_overtook_keeps_both(curator: Browser) -> None:
    curator.post("/studio/compose", data=form_of())
    item = only_item()
    seen = item.row_version
    service.change_item(as_actor(curator), item.id, seen_version=seen, priority=5)
    answer = curator.post(f"/studio/{item.id}/edit", data=form_of(title_0="My own title", seen_version=str(seen)))
    page = checked_page(answer, 412)
    assert "Somebody saved this item while you wrote" in page.words()
    assert page.field("title_0") == "My own title"
    assert queries.text_of(queries.current_version(only_item()).id, "en").title == "A bridge that repairs itself"
    again = curator.post(
        f"/studio/{item.id}/edit", data=form_of(title_0="My own title", seen_version=page.field("seen_version"))
    )
    assert again.status_code == 302
    assert queries.text_of(queries.current_version(only_item()).id, "en").title == "My own title"


def test_a_picture_stays_through_an_edit_and_can_be_taken_away(curator: Browser) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(buffer, "PNG")
    data = form_of(image_alternative="A blue field", picture=(io.BytesIO(buffer.getvalue()), "field.png"))
    curator.post("/studio/compose", data=data, content_type="multipart/form-data")
    item = only_item()
    page = checked_page(curator.get(f"/studio/{item.id}/edit"))
    kept = page.field("image_sha256")
    assert kept
    edited = form_of(seen_version=page.field("seen_version"), image_sha256=kept, image_alternative="A blue field")
    curator.post(f"/studio/{item.id}/edit", data=edited)
    assert queries.current_version(only_item()).image_sha256 == kept
    gone = {**edited, "seen_version": str(only_item().row_version), "no_picture": "yes"}
    curator.post(f"/studio/{item.id}/edit", data=gone)
    assert queries.current_version(only_item()).image_sha256 is None


def test_a_file_that_is_no_picture_is_told(curator: Browser) -> None:
    data = form_of(picture=(io.BytesIO(b"<svg onload=alert(1)>"), "x.svg"))
    page = checked_page(curator.post("/studio/compose", data=data, content_type="multipart/form-data"), 422)
    assert "not a JPEG, PNG, WebP or GIF" in page.words()


def test_the_audience_is_counted_only_when_it_is_large_enough(curator: Browser) -> None:
    for _person in range(6):
        make_employee(country="PT")
    make_employee(country="FR")
    many = curator.post("/studio/audience", data={"audience_countries": "PT"}).get_data(as_text=True)
    few = curator.post("/studio/audience", data={"audience_countries": "FR"}).get_data(as_text=True)
    assert "at least 5 people" in many
    assert "fewer than 5 people" in few


def test_who_works_for_one_unit_counts_nobody_elsewhere(app: Any, session: Any) -> None:
    root = make_unit("Meridian Works")
    ours, theirs = make_unit("Ours", parent=root), make_unit("Theirs", parent=root)
    for unit in (ours, theirs):
        for _person in range(7):
            make_employee(unit)
    local = sign_in_browser(app, make_employee(ours), Role.CURATOR, unit=ours)
    mine, other = str(ours.id), str(theirs.id)
    assert "8 people" in local.post("/studio/audience", data={"audience_units": mine}).get_data(as_text=True)
    for wanted in ({"audience_units": other}, {"audience_countries": "DE"}, {}):
        assert "Not counted" in local.post("/studio/audience", data=wanted).get_data(as_text=True)


def test_the_host_of_a_link_is_checked_while_somebody_writes(curator: Browser) -> None:
    good = curator.get("/studio/destination", query_string={"destination": f"https://{HOST}/x"})
    bad = curator.get("/studio/destination", query_string={"destination": "https://elsewhere.example"})
    assert "on the list of hosts" in good.get_data(as_text=True)
    assert "may not lead to elsewhere.example" in bad.get_data(as_text=True)
    long = curator.get("/studio/destination", query_string={"destination": f"https://{HOST}/".ljust(1_900, "a")})
    assert "has 1900 characters" in long.get_data(as_text=True)


def test_withdrawing_needs_a_reason(app: Any, session: Any) -> None:
    account = make_account(None, Role.CURATOR)
    item = make_live_item(author=actor_of(account))
    browser = sign_in_browser(app, account)
    page = checked_page(browser.post(f"/studio/{item.id}/withdraw", data={"reason": " "}), 422)
    assert "Say why" in page.words()
    browser.post(f"/studio/{item.id}/withdraw", data={"reason": "The bridge fell."})
    assert only_item().state is ItemState.WITHDRAWN
    assert "The bridge fell." in checked_page(browser.get(f"/studio/{item.id}")).words()
    assert browser.get(f"/studio/{item.id}/edit").status_code == 409


# --- Review.


def waiting_item(**fields: Any) -> tuple[Any, ContentItem]:
    account = make_account(None, Role.CURATOR)
    actor = actor_of(account)
    item = make_item(author=actor, **fields)
    return account, service.submit_item(actor, item.id)


def test_an_approver_sees_everything_and_approves_exactly_that(app: Any, session: Any) -> None:
    texts = {"en": {"title": "Title", "summary": ""}, "de": {"title": UNESCAPED, "summary": "Zusammenfassung"}}
    _author, item = waiting_item(texts=texts)
    approver = sign_in_browser(app, None, Role.APPROVER)
    assert "1 thing waits for your decision" in checked_page(approver.get("/review")).words()
    page = checked_page(approver.get(f"/review/{item.id}"))
    assert "Zusammenfassung" in page.words()
    assert "which is on the list of hosts" in page.words()
    seen = page.field("seen_hash")
    answer = approver.post(f"/review/{item.id}", data={"seen_hash": seen, "decision": "approved"})
    assert answer.location == "/review"
    assert only_item().state is ItemState.LIVE


def test_asking_for_changes_needs_a_reason(app: Any, session: Any) -> None:
    _author, item = waiting_item()
    approver = sign_in_browser(app, None, Role.APPROVER)
    seen = checked_page(approver.get(f"/review/{item.id}")).field("seen_hash")
    data = {"seen_hash": seen, "decision": "changes_requested"}
    assert "Say what should change" in checked_page(approver.post(f"/review/{item.id}", data=data), 422).words()
    approver.post(f"/review/{item.id}", data={**data, "reason": "Name the bridge."})
    assert only_item().state is ItemState.DRAFT
    late = checked_page(approver.post(f"/review/{item.id}", data={**data, "reason": "From another tab."}), 409)
    assert "does not wait for a decision any more" in late.words()


def test_a_decision_about_another_version_than_the_one_seen_is_refused(app: Any, session: Any) -> None:
    author, item = waiting_item()
    approver = sign_in_browser(app, None, Role.APPROVER)
    seen = checked_page(approver.get(f"/review/{item.id}")).field("seen_hash")
    actor = actor_of(author)
    changed = service.change_item(
        actor, item.id, seen_version=only_item().row_version, texts={"en": {"title": "Other", "summary": ""}}
    )
    service.submit_item(actor, changed.id)
    answer = approver.post(f"/review/{item.id}", data={"seen_hash": seen, "decision": "approved"})
    page = checked_page(answer, 412)
    assert "not the version you looked at" in page.words()
    assert page.field("seen_hash") != seen
    assert only_item().state is ItemState.IN_REVIEW


def test_nobody_approves_their_own_work_and_sees_who_can(app: Any, session: Any) -> None:
    account = make_account(None, Role.CURATOR, Role.APPROVER)
    item = make_item(author=actor_of(account))
    service.submit_item(actor_of(account), item.id)
    make_account(make_employee(name="Katrin Vogel"), Role.APPROVER)
    browser = sign_in_browser(app, account)
    assert "Yours, waiting for somebody else" in checked_page(browser.get("/review")).words()
    page = checked_page(browser.get(f"/review/{item.id}"))
    assert "Katrin Vogel can." in page.words()
    assert page.field("seen_hash") is None
    version = queries.current_version(only_item()).hash.hex()
    answer = browser.post(f"/review/{item.id}", data={"seen_hash": version, "decision": "approved"})
    assert answer.status_code == 403


def test_items_of_other_units_are_not_there(app: Any, session: Any) -> None:
    item = make_item()
    other = make_unit("Elsewhere")
    browser = sign_in_browser(app, None, Role.CURATOR, Role.APPROVER, unit=other)
    assert browser.get(f"/studio/{item.id}").status_code == 404
    assert browser.get(f"/studio/{item.id}/edit").status_code == 404
    assert browser.get(f"/review/{item.id}").status_code == 404


def test_employees_have_no_studio(app: Any, session: Any) -> None:
    browser = sign_in_browser(app)
    assert browser.get("/studio").status_code == 403
    assert browser.get("/review").status_code == 403
    assert browser.post("/studio/compose", data=form_of()).status_code == 403
    assert Permission.CONTENT_READ not in as_actor(browser).permissions


def test_a_live_item_keeps_its_kind_and_audience_while_its_text_changes(app: Any, session: Any) -> None:
    account = make_account(None, Role.CURATOR)
    item = make_live_item(author=actor_of(account))
    browser = sign_in_browser(app, account)
    page = checked_page(browser.get(f"/studio/{item.id}/edit"))
    answer = browser.post(
        f"/studio/{item.id}/edit",
        data=form_of(
            title_0="A new title", kind="video", audience_countries="PT", seen_version=page.field("seen_version")
        ),
    )
    assert answer.status_code == 302
    changed = only_item()
    assert changed.kind is ItemKind.ARTICLE
    assert changed.live_version_id != changed.current_version_id
    assert "version 1 is live meanwhile" in checked_page(browser.get(f"/studio/{item.id}")).words()
    service.submit_item(actor_of(account), item.id)
    approve(changed)
    assert only_item().live_version_id == only_item().current_version_id


def test_an_audience_with_any_and_exceptions_comes_back_as_it_was_chosen(curator: Browser) -> None:
    unit, topic = make_unit("Cloud"), make_topic("Bridges")
    curator.post(
        "/studio/compose",
        data=form_of(
            audience_match="any",
            audience_units=str(unit.id),
            audience_roles="Engineer, account manager",
            except_countries="FR",
            except_topics=str(topic.id),
        ),
    )
    item = only_item()
    audience = ambient.get_one(Audience, item.audience_key)
    assert (audience.is_any, audience.roles, audience.except_countries) == (
        True,
        ["account manager", "engineer"],
        ["FR"],
    )
    page = checked_page(curator.get(f"/studio/{item.id}/edit"))
    assert page.field("audience_roles") == "account manager, engineer"
    shown = checked_page(curator.get(f"/studio/{item.id}")).words()
    assert "one of Units, with those below: Cloud; Roles: account manager and engineer" in shown
    assert "except Countries: France; except Following: Bridges" in shown
    refused = checked_page(curator.post("/studio/compose", data=form_of(audience_roles="...")), 422)
    assert "Name roles by one to 4 words" in refused.words()


def test_the_count_follows_what_is_chosen_before_anything_is_saved(curator: Browser) -> None:
    for _ in range(6):
        make_employee(title="Engineer")
    part = curator.post("/studio/audience", data=form_of(audience_roles="engineer")).get_data(as_text=True)
    assert "It is meant for at least 5 people" in part
    part = curator.post("/studio/audience", data=form_of(audience_roles="pilot")).get_data(as_text=True)
    assert "Not counted" in part
    assert ambient.query(Audience).count() == 0


def test_makers_read_why_people_passed_an_item_by(curator: Browser) -> None:
    item = make_live_item(author=as_actor(curator))
    for _ in range(6):
        skipping.skip_item(actor_for(make_advocate()), item.id, reason=SkipReason.TOO_SALESY, remark=f"{UNESCAPED} No.")
    page = checked_page(curator.get(f"/studio/{item.id}")).words()
    assert "Too much selling at least 5" in page
    assert f"{UNESCAPED} No." in page


def test_the_board_is_searched_and_filtered_and_remembers_what_was_asked(curator: Browser) -> None:
    winter = campaigns.start_campaign(as_actor(curator), name="Winter", goal="G.", starts_on=date(2026, 1, 1))
    make_item(author=as_actor(curator), texts={"en": {"title": "Copper returns"}}, campaign_id=winter.id)
    make_item(author=as_actor(curator), texts={"en": {"title": f"Pumps {UNESCAPED}"}})
    page = checked_page(curator.get("/studio?search=coper"))
    assert "Copper returns" in page.words()
    assert "Pumps" not in page.words()
    assert page.field("search") == "coper"
    assert "Copper" not in checked_page(curator.get(f"/studio?search=pumps&campaign={winter.id}")).words()
    board = checked_page(curator.get(f"/studio?campaign={winter.id}&owner=me")).words()
    assert "Copper returns" in board
    assert "Pumps" not in board
    for odd in ("campaign=x&topic=y&owner=z&due=never&state=maybe", "search=%27%22", "state=over", "view=list"):
        checked_page(curator.get(f"/studio?{odd}"))
    assert curator.get("/studio?view=list&cursor=forged").status_code == 422


def test_what_is_wrong_with_a_campaign_is_told_in_the_readers_language(app: Any, session: Any) -> None:
    make_unit("Meridian Works")
    german = sign_in_browser(app, make_account(make_employee(language="de"), Role.CURATOR))
    sent = {"name": "x" * 500, "goal": "", "starts_on": "soon"}
    words = checked_page(german.post("/campaigns/new", data=sent), 422).words()
    for told in ("Gib höchstens 120 Zeichen ein.", "Gib einen Text ein.", "Gib einen Tag an"):
        assert told in words


def test_what_is_done_to_many_is_asked_once_more_where_it_matters_and_told_for_each(curator: Browser) -> None:
    actor = as_actor(curator)
    ids = [str(make_item(author=actor).id), str(make_live_item(author=actor).id)]
    told = checked_page(curator.post("/studio/bulk", data={"action": "submit", "item": ids}))
    assert "1 of 2 done" in told.words()
    assert "Only a draft can be sent to review" in told.words()
    step = checked_page(curator.post("/studio/bulk", data={"action": "withdraw", "item": ids}))
    assert "Why" in step.words()
    assert ambient.query(ContentItem).filter_by(state="withdrawn").count() == 0
    refused = curator.post("/studio/bulk", data={"action": "withdraw", "sure": "yes", "item": ids, "reason": ""})
    assert "Say why." in checked_page(refused, 422).words()
    done = curator.post("/studio/bulk", data={"action": "withdraw", "sure": "yes", "item": ids, "reason": "Wrong."})
    assert "2 of 2 done" in checked_page(done).words()
    for odd in ({}, {"action": "explode"}, {"action": "expire"}, {"action": "submit", "item": "nonsense"}):
        checked_page(curator.post("/studio/bulk", data=odd), 422)
    for action in ("schedule", "campaign", "expire"):
        checked_page(curator.post("/studio/bulk", data={"action": action, "item": ids}))


def test_the_calendar_shows_a_month_and_a_week(curator: Browser) -> None:
    year = today().year + 2  # ahead, whenever this is read
    make_item(
        author=as_actor(curator), texts={"en": {"title": "Open day"}}, live_from=datetime(year, 5, 7, 8, tzinfo=UTC)
    )
    month = checked_page(curator.get(f"/studio/calendar?on={year}-05-20")).words()
    assert f"One thing happens in May {year}" in month
    assert "Open day" in month
    assert "goes live, if it is approved · Draft" in month
    seen = make_live_item(author=as_actor(curator), expires_at=datetime(year, 6, 3, 8, tzinfo=UTC))
    texts = {"en": {"title": "A better title"}}
    service.change_item(as_actor(curator), seen.id, seen_version=seen.row_version, texts=texts)
    later = checked_page(curator.get(f"/studio/calendar?on={year}-06-20")).words()
    assert "A better title" in later
    assert "if it is approved" not in later
    assert "Open day" in checked_page(curator.get(f"/studio/calendar?on={year}-05-07&view=week")).words()
    for odd in ("on=nonsense", "on=9999-12-31", "on=0001-01-01&view=week", f"on={year}-12-31", "search=x"):
        checked_page(curator.get(f"/studio/calendar?{odd}"))


def test_a_campaign_that_has_not_begun_is_not_under_way(curator: Browser) -> None:
    later = today() + timedelta(days=7)
    curator.post("/campaigns/new", data={"name": "Open doors", "goal": "Guests.", "starts_on": str(later)})
    words = checked_page(curator.get("/campaigns")).words()
    assert "No campaign is under way" in words
    assert "Coming Open doors" in words


def test_a_campaign_is_started_changed_and_filled(curator: Browser) -> None:
    checked_page(curator.get("/campaigns"))
    checked_page(curator.get("/campaigns/new"))
    checked_page(curator.post("/campaigns/new", data={"name": "", "goal": "", "starts_on": "x"}), 422)
    form = {"name": "Winter", "goal": "People know heat pumps.", "starts_on": "2026-01-01", "ends_on": "2026-03-31"}
    address = curator.post("/campaigns/new", data=form).location
    assert "People know heat pumps." in checked_page(curator.get(address)).words()
    edit = checked_page(curator.get(f"{address}/edit"))
    seen = edit.field("seen_version")
    changed = {**form, "label": "W26", "ends_on": "", "seen_version": seen}
    assert curator.post(f"{address}/edit", data=changed).location == address
    checked_page(curator.post(f"{address}/edit", data=changed), 422)  # somebody else was faster
    assert "W26" in checked_page(curator.get("/campaigns")).words()
    curator.post("/studio/compose", data=form_of(campaign_id=address.rsplit("/", 1)[-1]))
    assert "A bridge that repairs itself" in checked_page(curator.get(address)).words()


def test_withdrawing_can_stop_the_links_that_were_shared(curator: Browser, recorded_jobs: Any) -> None:
    shared = make_share(confirmed=True)
    item = ambient.get_one(ContentItem, shared.share.item_key)
    key = shared.link.key
    curator.post(f"/studio/{item.id}/withdraw", data={"reason": "Wrong.", "stops_links": "yes"})
    recorded_jobs.run("sharing.stop_links")
    assert ambient.get_one(Link, key).revoked_at is not None
