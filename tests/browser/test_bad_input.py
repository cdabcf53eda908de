"""Hostile, huge and wrong input in every form: a clear answer, nothing lost, nothing half-written, nothing run."""

import pytest

pytestmark = pytest.mark.browser
PROGRAMS = ("web",)

NUL = "before\x00after"
HUGE = "Ж" * 60_000
SCRIPT = (
    '<img src=x onerror="window.hit = 1"><b hx-get="/stopped" hx-trigger="load">x</b><script>window.hit = 1</script>'
)
TURNED = "\u202edesrever\u202c שלום {{7*7}} ${7*7}"
HOSTILE = f"{SCRIPT}{TURNED}"

COUNTED = (
    "share",
    "conversation",
    "content_item",
    "content_version",
    "opening",
    "ats_connection",
    "brand_channel",
    "allowed_host",
    "setting",
    "policy_version",
    "employee",
    "network_profile",
    "engagement_snapshot",
    "review",
    "role_grant",
)

TALK = {"kind": "candidate", "outcome": "open"}
DRAFT = {"action": "save", "kind": "article", "title_0": "A title", "destination": "https://careers.meridian.example/a"}
BRAND = {"network": "x", "followers": "100", "observed_on": "2026-01-05", "source": "read by hand"}
# Role, page, fields, and the one among them that must be told to be wrong.
REFUSED = [
    ("advocate", "/conversations/new", TALK | {"note": NUL}, "note"),
    ("advocate", "/conversations/new", TALK | {"note": HUGE}, "note"),
    ("advocate", "/conversations/new", TALK | {"account": HUGE}, "account"),
    ("advocate", "/conversations/new", TALK | {"when": "2026-13-45"}, "when"),
    ("advocate", "/conversations/new", TALK | {"when": "9999-12-31"}, "when"),
    ("advocate", "/conversations/new", TALK | {"when": SCRIPT}, "when"),
    ("advocate", "/conversations/new", TALK | {"kind": SCRIPT}, "kind"),
    ("advocate", "/conversations/new", TALK | {"buying_role": "king"}, "buying_role"),
    ("advocate", "/items/{item}/share", {"text": NUL}, "text"),
    ("advocate", "/items/{item}/share", {"text": HUGE}, "text"),
    ("advocate", "/items/{item}/share", {"text": HOSTILE, "network": "nowhere"}, "network"),
    ("advocate", "/items/{item}/share", {"text": "Hi", "network": "mastodon", "server": SCRIPT}, "server"),
    ("advocate", "/shares/{share}", {"impressions": "many"}, "impressions"),
    ("advocate", "/shares/{share}", {"reactions": "-1"}, "reactions"),
    ("advocate", "/shares/{share}", {"comments": "9" * 40}, "comments"),
    ("advocate", "/shares/{share}", {"reshares": SCRIPT}, "reshares"),
    ("advocate", "/my-data", {"size_linkedin": SCRIPT}, "size_linkedin"),
    ("advocate", "/my-data", {"size_linkedin": "٣٤٠٠"}, "size_linkedin"),
    ("advocate", "/my-data", {"size_linkedin": "-5", "size_x": "7"}, "size_linkedin"),
    ("advocate", "/my-data", {"language": SCRIPT}, "language"),
    ("advocate", "/my-data/erase", {"sure": "perhaps"}, "sure"),
    ("advocate", "/welcome/networks", {"size_x": "1e9"}, "size_x"),
    ("advocate", "/welcome/topics", {"topics": "none of these"}, "topics"),
    ("advocate", "/password", {"password": "short"}, "password"),
    ("advocate", "/password", {"password": f"a long enough one {NUL}"}, "password"),
    ("curator", "/studio/compose", DRAFT | {"title_0": NUL}, "title_0"),
    ("curator", "/studio/compose", DRAFT | {"title_0": HUGE}, "title_0"),
    ("curator", "/studio/compose", DRAFT | {"summary_0": HUGE}, "summary_0"),
    ("curator", "/studio/compose", DRAFT | {"caption_text_0": NUL}, "caption_text_0"),
    ("curator", "/studio/compose", DRAFT | {"destination": "javascript:alert(1)"}, "destination"),
    ("curator", "/studio/compose", DRAFT | {"destination": "https://elsewhere.example/"}, "destination"),
    ("curator", "/studio/compose", DRAFT | {"priority": "first"}, "priority"),
    ("curator", "/studio/compose", DRAFT | {"live_from": "soon"}, "live_from"),
    ("curator", "/studio/compose", DRAFT | {"expires_at": "1999-01-01T00:00"}, "expires_at"),
    ("curator", "/studio/compose", DRAFT | {"expires_at": "9999-12-31T23:59"}, "expires_at"),
    ("curator", "/studio/compose", DRAFT | {"live_from": "0001-01-01T00:00"}, "live_from"),
    ("approver", "/review/{waiting}", {"decision": "changes_requested", "reason": ""}, "reason"),
    ("approver", "/review/{waiting}", {"decision": "changes_requested", "reason": HUGE}, "reason"),
    ("approver", "/review/{waiting}", {"decision": SCRIPT, "reason": HOSTILE}, "decision"),
    ("recruiter", "/recruiting/openings", {"reference": NUL, "title": "A job"}, "reference"),
    ("recruiter", "/recruiting/openings", {"reference": HUGE, "title": "A job"}, "reference"),
    ("recruiter", "/recruiting/openings", {"reference": "R", "title": HUGE}, "title"),
    ("recruiter", "/recruiting/openings", {"reference": "R", "url": "javascript:alert(1)"}, "url"),
    ("recruiter", "/recruiting/openings", {"reference": "R", "closes_on": "never"}, "closes_on"),
    ("recruiter", "/recruiting/connections", {"name": NUL}, "name"),
    ("recruiter", "/recruiting/connections", {"name": HUGE}, "name"),
    ("administrator", "/amplification/brand", BRAND | {"followers": SCRIPT}, "followers"),
    ("administrator", "/amplification/brand", BRAND | {"followers": "9" * 15}, "followers"),
    ("administrator", "/amplification/brand", BRAND | {"observed_on": "2999-01-01"}, "observed_on"),
    ("administrator", "/amplification/brand", BRAND | {"network": "nowhere"}, "network"),
    ("administrator", "/amplification/brand", BRAND | {"source": HUGE}, "source"),
    ("administrator", "/amplification/brand", BRAND | {"source": NUL}, "source"),
    ("administrator", "/settings", {"smallest_group": "3"}, "smallest_group"),
    ("administrator", "/settings", {"smallest_group": SCRIPT}, "smallest_group"),
    ("administrator", "/settings", {"smallest_group": "9" * 60}, "smallest_group"),
    ("administrator", "/settings/phrases", {"phrase": HUGE, "why": "x"}, "phrase"),
    ("administrator", "/settings/phrases", {"phrase": "union", "why": NUL}, "why"),
    ("administrator", "/settings/disclosure", {"words": NUL}, "words"),
    ("administrator", "/settings/disclosure", {"words": HUGE}, "words"),
    ("administrator", "/settings/disclosure", {"why": HUGE, "source": "x", "requirement": "required"}, "why"),
    ("administrator", "/settings", {"review_is_required": "perhaps"}, "review_is_required"),
    ("administrator", "/settings/hosts", {"host": SCRIPT}, "host"),
    ("administrator", "/settings/hosts", {"host": HUGE}, "host"),
    ("administrator", "/settings/hosts", {"range": "300.1.1.1/99"}, "range"),
    ("administrator", "/settings/hosts", {"range": NUL}, "range"),
    ("administrator", "/settings/policy", {"action": "publish", "text_en_0": NUL}, "text_en_0"),
    ("administrator", "/settings/policy", {"action": "publish", "text_en_0": ""}, "text_en_0"),
    ("administrator", "/settings/policy", {"action": "publish", "heading_en_1": HUGE}, "heading_en_1"),
    ("executive", "/scenario", {"employees": SCRIPT}, "employees"),
    ("executive", "/scenario", {"audience": "NaN"}, "audience"),
    ("executive", "/scenario", {"participation": "101"}, "participation"),
    (None, "/sign-in", {"email": NUL, "password": "x"}, "email"),
    (None, "/sign-in", {"email": "", "password": "x"}, "email"),
]

# Fills the form that has the first field and sends it past every check of the browser.
SEND = """
fields => {
    const named = name => document.querySelector(`main form [name="${name}"]:not([type=hidden])`);
    const name = Object.keys(fields).find(name => name !== 'action' && named(name));
    const form = named(name).form;
    for (const [name, value] of Object.entries(fields)) {
        for (const old of form.querySelectorAll(`[name="${name}"]`)) old.disabled = true;
        const sent = form.appendChild(document.createElement('textarea'));
        sent.name = name; sent.value = value;
    }
    HTMLFormElement.prototype.submit.call(form);
}
"""
# What the page that comes back says of a field: the text of the summary, whether its link leads there, the value kept.
ANSWER = """
name => {
    const summary = document.querySelector('.error-summary');
    const place = document.getElementById(`field-${name}`) ?? document.querySelector(`main [name="${name}"]`);
    const link = summary?.querySelector(`a[href="#field-${name}"]`);
    return {
        summary: summary?.innerText ?? '', has_link: !!link, leads_there: !!link && !!document.querySelector(link.hash),
        // A browser hides what is no day or number; that it came back is what counts.
        value: place?.matches('input') ? place.getAttribute('value') : place?.value ?? null, hit: window.hit ?? null,
    };
}
"""


def send(visitor, path, fields):
    """Send a form and return the status of the page that followed."""
    visitor.page.goto(visitor.portal + path)
    with visitor.page.expect_navigation() as answered:
        visitor.page.evaluate(SEND, fields)
    return answered.value.status


def rows(stage):
    return {table: stage.cluster.scalar(f"SELECT count(*) FROM {table}") for table in COUNTED}


@pytest.mark.parametrize("role", ["advocate", "curator", "approver", "recruiter", "administrator", "executive", None])
def test_a_form_says_what_is_wrong_and_writes_nothing(stage, person, role):
    visitor, before, wrong = person(role), rows(stage), []
    for whose, path, fields, name in REFUSED:
        if whose != role:
            continue
        case = f"{path} {name}={fields[name][:24]!r}"
        status = send(visitor, path.format(**stage.ids), fields)
        if status != 422:
            wrong.append(f"{case} answered {status} on {visitor.page.url}")
            continue
        told = visitor.page.evaluate(ANSWER, name)
        if not told["has_link"]:
            wrong.append(f"{case}: the summary does not name it: {told['summary']!r}")
        elif not told["leads_there"]:
            wrong.append(f"{case}: the summary leads nowhere")
        kept = fields[name].replace("\r\n", "\n")
        if name not in {"password", "decision", "kind", "network", "buying_role", "language", "sure", "topics"} | {
            "review_is_required"
        } and told["value"] not in {kept, kept.replace("\x00", "\ufffd"), kept.replace("\x00", "")}:
            wrong.append(f"{case}: what was typed is lost, there is {str(told['value'])[:40]!r}")
        if told["hit"]:
            wrong.append(f"{case}: a script ran")
        if visitor.complaints:
            wrong.append(f"{case}: {visitor.complaints}")
            visitor.complaints.clear()
    assert not wrong, "\n".join(wrong)
    assert rows(stage) == before, "something was half-written"


FILES = [
    ("recruiter", "/recruiting/import"),
    ("administrator", "/people/import"),
]
BYTES = {
    "no text": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "no columns": b"a,b,c\n1,2,3\n",
    "nothing": b"",
    "a NUL": b"external_id,email,name,reference,title\nM\x001,a@b.example,Ana,R\x001,Job\n",
    "script": f'external_id,email,name,reference\n"{SCRIPT.replace(chr(34), chr(34) * 2)}",no address,,""\n'.encode(),
}


@pytest.mark.parametrize(("role", "path"), FILES)
def test_a_file_that_cannot_be_used_is_told_line_by_line(stage, person, role, path):
    visitor, before, wrong = person(role), rows(stage), []
    for name, content in BYTES.items():
        visitor.page.goto(visitor.portal + path)
        visitor.page.set_input_files(
            "input[type=file]", {"name": "list.csv", "mimeType": "text/csv", "buffer": content}
        )
        with visitor.page.expect_navigation() as answered:
            visitor.page.get_by_role("button", name="Check the file").click()
        if answered.value.status != 422:
            wrong.append(f"{name} answered {answered.value.status}")
        if visitor.page.evaluate("window.hit"):
            wrong.append(f"{name}: a script ran")
    assert not wrong, "\n".join(wrong)
    assert rows(stage) == before


def test_what_people_write_stays_text_wherever_it_is_shown(stage, person):
    asked = []

    def come(role):
        visitor = person(role)
        visitor.page.on("request", lambda request: asked.append(request.url))
        return visitor

    ids, advocate, curator, recruiter = stage.ids, come("advocate"), come("curator"), come("recruiter")
    assert send(advocate, f"/items/{ids['item']}/share", {"text": HOSTILE, "network": "linkedin"}) == 200
    assert advocate.page.url.endswith("/posted")
    share = advocate.page.url.removesuffix("/posted")
    assert send(advocate, "/conversations/new", TALK | {"note": HOSTILE, "account": TURNED}) == 200
    texts = {"title_0": HOSTILE[:200], "summary_0": HOSTILE, "caption_text_0": HOSTILE, "image_alternative": TURNED}
    assert send(curator, "/studio/compose", DRAFT | texts | {"opening_reference": ""}) == 200
    item = curator.page.url
    # Openings and connections hold one printable line, so nothing that turns the text around.
    opening = {"reference": "<b>R-1</b>", "title": SCRIPT, "place": "שלום {{7*7}}"}
    assert send(recruiter, "/recruiting/openings", opening) == 200
    assert send(recruiter, "/recruiting/connections", {"name": SCRIPT[:100]}) == 200
    for visitor, addresses in (
        (advocate, (f"{share}/posted", share, "/shares", "/conversations")),
        (curator, (item, f"{item}/edit", "/studio")),
        (recruiter, ("/recruiting/openings", "/recruiting/connections", "/recruiting")),
    ):
        for address in addresses:
            visitor.go(address)
            visitor.page.wait_for_timeout(200)
            assert visitor.page.evaluate("window.hit") is None, address
            assert visitor.page.locator("[hx-get='/stopped'], main img[src='x']").count() == 0, address
            assert visitor.overflow() == [], address
            assert visitor.barriers() == [], address
    advocate.go("/conversations")
    advocate.sees("{{7*7}} ${7*7}")
    assert not [url for url in asked if url.endswith(("/stopped", "/x"))]


# As if escaping had failed somewhere. Where people's words stand, nothing may ask for anything; anywhere, no code may
# run and nothing may ask elsewhere. (A request to ourselves from outside such a region is stopped by escaping alone.)
GADGETS = """
<b hx-get="/stopped" hx-trigger="load">in a text</b><b data-hx-post="/stopped" data-hx-trigger="load">the long form</b>
"""
GADGETS_ANYWHERE = """
<b hx-get="https://elsewhere.example/taken" hx-trigger="load">to another place</b>
<b hx-on:htmx:load="window.hit = 1" hx-on:click="window.hit = 1" id="clicked">code</b>
<b hx-get="/stopped?eval" hx-trigger="load[window.hit = 1]" hx-vals="js:{a: window.hit = 1}">a condition</b>
<a href="javascript:window.hit = 1" id="scheme">a scheme</a><img src="data:," onerror="window.hit = 1">
<base href="https://elsewhere.example/"><script>window.hit = 1</script>
<iframe srcdoc="<script>parent.hit = 1</script>"></iframe>
<object data="data:text/html,<script>top.hit=1</script>"></object>
"""


def test_markup_that_slipped_past_the_templates_does_nothing(stage, person):
    visitor = person("advocate", service_worker=False)  # its requests would pass by the changed page
    address = f"/shares/{stage.ids['share']}"
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))

    def with_gadgets(route):
        answer = route.fetch()
        page = answer.text()
        assert '<p class="as-written" dir="auto" hx-disable>' in page
        page = page.replace('dir="auto" hx-disable>', f'dir="auto" hx-disable>{GADGETS}', 1)
        route.fulfill(response=answer, body=page.replace("</main>", f"{GADGETS_ANYWHERE}</main>", 1))

    visitor.page.route(f"**{address}", with_gadgets)
    visitor.go(address)
    assert visitor.page.get_by_text("in a text").count() == 1
    visitor.page.locator("#clicked").click()
    visitor.page.locator("#scheme").click()
    visitor.page.wait_for_timeout(500)
    assert visitor.page.evaluate("window.hit") is None
    taken = [url for url in asked if "elsewhere.example" in url or url.endswith("/stopped")]
    assert not taken
    # The policy says of each what it kept from running: that is what it is there for.
    assert any("refused by the security policy" in line for line in visitor.complaints)
    visitor.complaints.clear()
