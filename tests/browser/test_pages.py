"""Every page of the portal in a real browser: readable, reachable, in its window, and silent in the console."""

from collections.abc import Iterator

import pytest
from flask import Flask

from advocacy import portal
from tests.browser.conftest import Person

pytestmark = pytest.mark.browser

# Every page by its endpoint, below the role that opens it. Names in braces are rows of the stage.
PAGES: dict[str | None, dict[str, str]] = {
    None: {
        "sign_in.page": "/sign-in",
        "sign_in.link": "{invitation}",
        "sign_in.link_sent": "/sign-in/sent",
        "sign_in.forgotten": "/password/forgotten",
        "sign_in.outbox": "/outbox",
        "sign_in.letter": "/outbox/{letter}",
        "employee.erased": "/erased",
        "employee.from_mail": "{sheet}",
        "employee.shared_from_mail": "{sheet}/shares/{share}",
        "employee.mail_off": "{stop}",
        "employee.offline": "/offline",
        "employee.what_we_count": "/what-we-count",
        "employee.certificate": "/certificates/{certificate}",
    },
    "advocate": {
        "employee.today": "/",
        "employee.share_sheet": "/items/{item}/share",
        "employee.shared": "/shares/{share}/posted",
        "employee.suggestions": "/suggestions",
        "employee.shares": "/shares",
        "employee.share": "/shares/{share}",
        "employee.planned": "/planned",
        "employee.qr_code": "/items/{item}/qr",
        "employee.numbers_form": "/shares/numbers",
        "employee.conversations": "/conversations",
        "employee.note_conversation": "/conversations/new?share={share}",
        "employee.impact": "/impact",
        "employee.together": "/together",
        "employee.weeks": "/together/weeks",
        "employee.learn": "/learn",
        "employee.lesson": "/learn/{lesson}",
        "employee.own_certificate": "/learn/certificate",
        "employee.my_data": "/my-data",
        "employee.network_overlap": "/my-data/network-overlap",
        "employee.accounts": "/my-data/accounts",
        "employee.connecting_account": "/my-data/accounts/connecting/{attempt}",
        "employee.posting": "/shares/{posted}/post",
        "employee.notifications": "/notifications",
        "employee.notification_settings": "/notifications/settings",
        "employee.ask_to_erase": "/my-data/erase",
        "employee.stopped": "/stopped",
        "employee.welcome_policy": "/welcome/policy",
        "employee.welcome_taking_part": "/welcome/taking-part",
        "employee.only_reading": "/welcome/reading",
        "employee.welcome_sizes": "/welcome/sizes",
        "employee.welcome_topics": "/welcome/topics",
        "employee.welcome_networks": "/welcome/networks",
        "employee.welcome_first": "/welcome/first",
        "sign_in.no_pages": "/no-pages",
        "sign_in.password": "/password",
    },
    "curator": {
        "comms.corrections": "/posts-to-mend",
        "comms.studio": "/studio",
        "comms.calendar": "/studio/calendar",
        "comms.campaigns": "/campaigns",
        "comms.new_campaign": "/campaigns/new",
        "comms.campaign": "/campaigns/{campaign}",
        "comms.edit_campaign": "/campaigns/{campaign}/edit",
        "comms.item": "/studio/{item}",
        "comms.qr_code": "/studio/{item}/qr",
        "comms.announce_form": "/studio/{item}/announce",
        "comms.version": "/studio/{item}/versions/1",
        "comms.compose": "/studio/compose",
        "comms.edit": "/studio/{draft}/edit",
        "comms.goals": "/goals",
        "comms.lessons": "/studio/lessons",
        "comms.new_lesson": "/studio/lessons/new",
        "comms.lesson": "/studio/lessons/{lesson}",
        "comms.inbox": "/studio/inbox",
        "comms.sources": "/studio/sources",
    },
    "approver": {
        "comms.review": "/review",
        "comms.review_item": "/review/{waiting}",
        "comms.records": "/studio/{item}/records",
    },
    "recruiter": {
        "hr.recruiting_reach": "/recruiting",
        "hr.openings": "/recruiting/openings",
        "hr.connections": "/recruiting/connections",
        "hr.import_form": "/recruiting/import",
    },
    "executive": {
        "executive.amplification": "/amplification",
        "executive.brand": "/amplification/brand",
        "executive.scenario": "/scenario",
        "executive.saved_scenarios": "/scenario/saved",
        "executive.saved_scenario": "/scenario/saved/{scenario}",
        "executive.compare_scenarios": "/scenario/compare?id={scenario}&id={other_scenario}",
        "executive.participation": "/participation",
        "executive.unique_reach": "/unique-reach",
        "executive.data_quality": "/data-quality",
        "executive.reports": "/reports",
        "executive.report": "/reports/{report}",
        "executive.measures": "/measures",
    },
    "administrator": {
        "administration.people": "/people",
        "administration.person": "/people/{person}",
        "administration.units": "/people/units",
        "administration.import_form": "/people/import",
        "administration.settings": "/settings",
        "administration.policy": "/settings/policy",
        "administration.hosts": "/settings/hosts",
        "administration.review_rules": "/settings/review",
        "administration.disclosure": "/settings/disclosure",
        "administration.network_access": "/settings/accounts",
        "administration.phrases": "/settings/phrases",
        "administration.chats": "/settings/chats",
        "administration.clicks": "/settings/clicks",
        "administration.tasks": "/background-work",
        "administration.audit": "/audit",
    },
}
NO_PAGES = {
    "employee.rss_feed": "a file",
    "employee.service_worker": "a script",
    "employee.web_manifest": "a file",
    "employee.account_connected": "leads on",
    "employee.client_description": "a file",
    "employee.calendar_feed": "a file",
    "comms.evidence_pack": "a file",
    "comms.records_pack": "a file",
    "sign_in.start": "leads on",
    "employee.welcome": "leads on",
    "employee.open_planned": "leads on",
    "employee.export": "a file",
    "employee.qr_picture": "a picture",
    "comms.qr_picture": "a picture",
    "executive.measure_file": "a file",
    "comms.destination": "a part of a page",
    "comms.announcement_progress": "a part of a page",
    "administration.chat_state": "a part of a page",
}
# Where people spend their time: these are looked at in both themes at both widths.
EVERYWHERE = {
    "employee.today",
    "employee.share_sheet",
    "comms.studio",
    "hr.recruiting_reach",
    "executive.amplification",
    "executive.data_quality",
    "executive.scenario",
    "administration.people",
}

# Opens every definition that a number on the page leads to, and tells which stay shut or say nothing.
OPEN_DEFINITIONS = """
() => [...new Set([...document.querySelectorAll('main [popovertarget^=definition-]:not([popovertargetaction])')]
        .map(button => button.getAttribute('popovertarget')))].flatMap(id => {
    const definition = document.getElementById(id), wrong = [];
    document.querySelector(`main [popovertarget="${id}"]:not([popovertargetaction])`).click();
    if (!definition) return [`no ${id}`];
    if (!definition.matches(':popover-open')) wrong.push(`${id} stays shut`);
    const box = definition.getBoundingClientRect();
    if (box.width < 200 || box.left < 0 || box.right > innerWidth + 1) wrong.push(`${id} is out of sight`);
    if (definition.innerText.length < 40) wrong.push(`${id} says nothing`);
    definition.hidePopover();
    return wrong;
})
"""
# Everything in the content that can be pressed: can it have the focus, and does one see it?
FOCUS = """
() => [...document.querySelectorAll('main :is(a[href], button, input:not([type=hidden]), select, textarea, summary)')]
    .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled && one.tabIndex >= 0)
    .slice(0, 80).flatMap(one => {
        one.focus();
        if (document.activeElement !== one) return [`no focus: ${one.outerHTML.slice(0, 120)}`];
        const rings = [one, ...(one.labels ?? []), one.parentElement].map(part => getComputedStyle(part));
        const seen = rings.some(ring => parseFloat(ring.outlineWidth) >= 2 && ring.outlineStyle !== 'none'
            || ring.boxShadow !== 'none' && ring.boxShadow.includes('3px'));
        return seen ? [] : [`nobody sees the focus: ${one.outerHTML.slice(0, 120)}`];
    })
"""


def rows_of(stage) -> dict[str, str]:
    """Return what the names in braces stand for."""
    stage.cluster.wait(lambda: stage.letters(), 60, "the invitation is sent")
    if "report" not in stage.ids:
        counted = "SELECT max(day) FROM rollup_fill WHERE rollup = 'page_amplification' AND filled_at IS NOT NULL"
        stage.cluster.wait(lambda: stage.cluster.scalar(counted), 60, "a day is counted")
        stage.ids |= stage.tell("report")
    letter = stage.letters()[0]
    return stage.ids | {"letter": letter.stem, "invitation": stage.links["newcomer"]}


def faults_of(person: Person, path: str, *, checks_focus: bool) -> Iterator[str]:
    page = person.page
    answer = page.goto(path if path.startswith("http") else person.portal + path)
    if answer is None or answer.status != 200:
        yield f"answered {answer and answer.status}"
        return
    if page.url.partition("?")[0] != (person.portal + path if path.startswith("/") else path).partition("?")[0]:
        yield f"led to {page.url}"
    if (headings := page.locator("h1").count()) != 1:
        yield f"has {headings} headings of the first order"
    for chart in page.locator("main [data-chart] canvas").all():
        chart.hover()
    yield from page.evaluate(OPEN_DEFINITIONS)
    yield from person.barriers()
    yield from person.overflow()
    if checks_focus:
        page.keyboard.press("Tab")
        if not page.evaluate("document.activeElement.matches('.skip-link')"):
            yield "does not begin with the way past the navigation"
        yield from page.evaluate(FOCUS)
    else:
        page.evaluate("document.documentElement.dir = 'rtl'")
        yield from (f"from right to left {wrong}" for wrong in person.overflow())
    yield from person.complaints
    person.complaints.clear()


def look_at_pages(stage, visitor: Person, role: str | None, name: str, *, only: set[str] | None = None) -> list[str]:
    rows = rows_of(stage)
    return [
        f"{endpoint} ({name}): {fault}"
        for endpoint, path in PAGES[role].items()
        if only is None or endpoint in only
        for fault in faults_of(visitor, path.format(**rows), checks_focus=name.startswith("desk"))
    ]


@pytest.mark.parametrize("role", PAGES, ids=str)
def test_every_page_is_in_order_on_a_phone_and_a_dark_desk(stage, person, role):
    faults = [
        *look_at_pages(stage, person(role, phone=True), role, "phone"),
        *look_at_pages(stage, person(role, dark=True), role, "desk, dark"),
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("role", ["advocate", "curator", "recruiter", "executive", "administrator"])
def test_the_pages_people_live_on_are_in_order_in_the_other_theme_too(stage, person, role):
    faults = [
        *look_at_pages(stage, person(role, phone=True, dark=True), role, "phone, dark", only=EVERYWHERE),
        *look_at_pages(stage, person(role), role, "desk", only=EVERYWHERE),
    ]
    assert not faults, "\n".join(faults)


def test_what_is_printed_from_a_dark_screen_has_the_colours_of_paper(person):
    visitor = person("advocate", dark=True)
    visitor.go("/")
    told = "getComputedStyle(document.documentElement).getPropertyValue('--warn-soft')"
    dark = visitor.page.evaluate(told)
    visitor.page.emulate_media(media="print", color_scheme="dark")
    printed = visitor.page.evaluate(told)
    visitor.page.emulate_media(media="screen", color_scheme="light")
    assert printed == visitor.page.evaluate(told) != dark


def test_the_name_of_the_organisation_has_room_on_a_phone(person):
    visitor = person("curator", phone=True)
    visitor.go("/studio")
    name = visitor.page.locator(".brand span")
    assert name.inner_text() == "Meridian Works"
    assert name.evaluate("name => name.scrollWidth - name.clientWidth") == 0


def test_the_sweep_knows_every_page():
    app = Flask("map")
    portal.register(app)
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())} - {"static"}
    known = [endpoint for visited in PAGES.values() for endpoint in visited]
    assert pages == {*known, *NO_PAGES}


def tab_to(person: Person, selector: str, most: int = 60) -> None:
    """Walk with the Tab key until the focus is on something, as somebody without a mouse would."""
    for _ in range(most):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not within {most} steps on {person.page.url}")


def test_an_item_can_be_shared_with_the_keyboard_alone(stage, person):
    visitor = person("advocate")
    visitor.go(f"/items/{stage.ids['item']}/share")
    visitor.page.context.route("https://**", lambda route: route.fulfill(body="the network's own dialog"))
    tab_to(visitor, "input[name=network]")
    tab_to(visitor, "textarea")
    visitor.page.keyboard.type("With nothing but keys. ")
    tab_to(visitor, ".sheet-actions button")
    with visitor.page.context.expect_page() as opened:
        visitor.page.keyboard.press("Enter")
    opened.value.close()
    visitor.page.wait_for_url("**/posted")


def test_the_board_is_walked_by_keys_until_they_are_turned_off(stage, person):
    curator = person("curator")
    curator.go("/studio")
    keys, row_now = (
        curator.page.keyboard,
        "[...document.querySelectorAll('[data-row]')].findIndex(row => row.contains(document.activeElement))",
    )
    keys.press("j")
    assert curator.page.evaluate(row_now) == 0
    keys.press("ArrowDown")
    assert curator.page.evaluate(row_now) == 1
    keys.press("k")
    assert curator.page.evaluate(row_now) == 0
    keys.press("?")
    assert curator.page.locator("dialog#keys").is_visible()
    curator.page.locator("[data-keys-on]").uncheck()
    keys.press("Escape")
    keys.press("j")
    assert curator.page.evaluate(row_now) <= 0


def test_welcome_and_sharing_work_without_script(stage, person):
    noa = person("newcomer", phone=True, script=False)
    noa.press("I have read this")
    noa.answer("yes")
    noa.answer("no")
    noa.page.get_by_label("Health").check()
    noa.press("Go on")
    noa.press("Share it in my words")
    assert noa.page.url.endswith("/share")
    noa.page.get_by_label("Your words").fill("Without a single line of script.")
    noa.press("Copy text and open")
    noa.sees("Without a single line of script.")
    assert noa.page.get_by_role("link", name="LinkedIn").count() == 1
    noa.press("Yes, it is posted")
    noa.sees("Every click, and what it was")
    noa.go("/conversations/new")
    noa.page.locator("input[name=kind][value=candidate]").check()
    noa.page.locator("input[name=outcome][value=open]").check()
    noa.press("Note it")
    noa.sees("candidate")


def test_the_scenario_works_without_script(stage, person):
    executive = person("executive", script=False)
    executive.go("/scenario")
    for label, value in (
        ("People employed", "350000"),
        ("Connections each", "10"),
        ("Brand followers", "1000000"),
        ("Participation, in per cent", "100"),
    ):
        executive.page.get_by_label(label).fill(value)
    executive.press("Work it out")
    executive.sees("3.5 times")
