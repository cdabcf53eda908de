"""The main job, played by five people against the real processes: from a yes to a number an executive can defend."""

import email
import email.policy
import json
import re
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.browser

VISITOR = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.{number}"


def call(stage, token, path, body=None):
    request = Request(
        f"{stage.portal}/api/v1{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)


def click(link, number, agent=VISITOR):
    """Follow a short link as far as the redirect, like a visitor's browser would."""
    import http.client
    from urllib.parse import urlsplit

    address = urlsplit(link)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("GET", address.path, headers={"User-Agent": agent.format(number=number)})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def invitations_in(letters):
    """Return the links of those letters that invite: others tell of duties."""
    texts = (
        email.message_from_bytes(letter.read_bytes(), policy=email.policy.default).get_body(("plain",)).get_content()
        for letter in letters
    )
    return [found.group(0) for text in texts if (found := re.search(r"http://\S+/link/[\w-]+", text))]


def test_an_organisation_learns_what_a_share_was_worth_when_five_people_do_their_part(stage, person):
    # The curator writes a job and sends it to review.
    curator = person("curator")
    curator.go("/studio/compose")
    page = curator.page
    page.locator("input[name=kind][value=job]").check()
    page.locator("[name=title_0]").fill("Two data engineers in Lisbon")
    page.locator("[name=summary_0]").fill("Quiet systems, four days a week. We answer every application.")
    page.locator("[name=destination]").fill("https://careers.meridian.example/jobs/mw-1")
    page.locator("[name=opening_reference]").fill("MW-1")
    page.locator("[name=caption_text_0]").fill(
        "I work with this team every day. If you like quiet systems, talk to me."
    )
    curator.press("Save and send to review")
    curator.sees("Two data engineers in Lisbon")
    curator.is_accessible()

    # The approver reads exactly what will go out, and decides.
    approver = person("approver")
    approver.go("/review")
    approver.follow("Two data engineers in Lisbon")
    approver.sees("https://careers.meridian.example/jobs/mw-1")
    approver.is_accessible()
    approver.page.get_by_label("Reason").fill("Checked with the hiring team.")
    approver.press("Approve")

    # The employee comes in by her invitation and says yes, purpose by purpose, on her phone.
    stage.cluster.wait(lambda: invitations_in(stage.letters()), 30, "the invitation is sent")
    ines = person(phone=True)
    ines.go(invitations_in(stage.letters())[-1])
    ines.press("Come in")
    ines.page.locator("[name=password]").fill("quiet rivers carry old stones")
    ines.press("Set password")
    ines.is_accessible()
    ines.press("I have read this")
    ines.answer("yes")
    ines.answer("yes")
    ines.page.get_by_label("Health").check()
    ines.press("Go on")
    ines.page.get_by_label("LinkedIn").first.fill("340")
    ines.is_accessible()
    ines.press("Go on")
    ines.sees("Two data engineers in Lisbon")
    ines.press("Share it in my words")

    # She makes it her own; the dialog of the network opens in a window of its own.
    ines.page.get_by_label("Your words").fill(
        "My team looks for two people who like their data honest. Ask me anything."
    )
    ines.is_accessible()
    # The real network cannot be reached from here: this stands where its dialog would open.
    ines.page.context.route("https://www.linkedin.com/**", lambda route: route.fulfill(body="the network's own dialog"))
    with ines.page.context.expect_page() as opened:
        ines.press("Copy text and open")
    opened.value.wait_for_url("https://www.linkedin.com/sharing/share-offsite/?url=*")
    opened.value.close()
    ines.page.wait_for_url("**/posted")
    ines.sees("I work at Meridian Works")
    link = ines.page.locator("code").inner_text()
    ines.press("Yes, it is posted")

    # Colleagues share it too, so that the group is large enough to be shown at all.
    item = call(stage, stage.tokens[0], "/feed")["data"][0]["id"]
    colleagues = [
        call(
            stage,
            token,
            "/shares",
            {"item_id": item, "network": "linkedin", "text": f"Come and work with us, says number {n}."},
        )
        for n, token in enumerate(stage.tokens[:6])
    ]
    for token, share in zip(stage.tokens, colleagues, strict=False):
        call(stage, token, f"/shares/{share['id']}/confirm", {})

    # Somebody clicks; so does a machine.
    answer = click(link, 1)
    assert answer.status == 302
    assert answer.headers["Location"].startswith("https://careers.meridian.example/jobs/mw-1?utm_source=linkedin")
    assert click(link, 0, agent="LinkedInBot/1.0 (compatible; Mozilla/5.0)").status == 200
    for number, share in enumerate(colleagues, start=2):
        click(share["link_url"], number)

    # Within a minute she sees it on her own page: one person, and the machine apart.
    ines.go("/shares")
    ines.waits_for("opened by people", 60)
    ines.follow("Two data engineers in Lisbon")
    ines.waits_for("Preview", 30)
    ines.is_accessible()
    ines.go("/conversations/new")
    ines.page.locator("input[name=kind][value=candidate]").check()
    ines.page.locator("input[name=outcome][value=progressed]").check()
    ines.press("Note it")
    ines.sees("andidate")

    # The recruiter sees how far it went, the executive what it was worth against the brand.
    recruiter = person("recruiter")
    recruiter.go("/recruiting")
    recruiter.waits_for("7", 60)
    recruiter.is_accessible()

    executive = person("executive")
    executive.go("/amplification")
    executive.waits_for("2,540", 60)  # eleven times 200, and 340
    executive.is_accessible()
    executive.page.get_by_role("button", name="2,540").first.click()
    executive.sees("Formula")
