"""What people notice who use a keyboard, a screen reader, or colours of their own."""

import os

import pytest

pytestmark = pytest.mark.browser
FOCUS = (
    "document.activeElement.closest('[data-row]')?.querySelector('h2')?.innerText + '/' + document.activeElement.type"
)
COLOURS = "element => { const style = getComputedStyle(element); return [style.backgroundColor, style.color]; }"
PUSHES = """
Object.defineProperty(Notification, 'requestPermission', { value: async () => 'granted' });
PushManager.prototype.subscribe = async () => ({ toJSON: () => ({ endpoint: 'https://push.example/a', keys: {} }) });
"""


def shot(person, name):
    """Keep a picture to look at, where a folder for them is named."""
    if folder := os.environ.get("ADVOCACY_SHOTS"):
        person.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def keeps_focus_on(page, place):
    """Wait until the focus is there, which may take a while beside others, and see that it stays."""
    page.wait_for_function(f"place => {{ try {{ return {FOCUS} === place }} catch {{ return false }} }}", arg=place)
    page.wait_for_timeout(200)
    assert page.evaluate(FOCUS) == place


def test_what_is_chosen_is_seen_in_the_readers_own_colours(stage, person):
    advocate = person("advocate")
    advocate.page.emulate_media(forced_colors="active")
    advocate.go(f"/items/{stage.ids['item']}/share")
    page = advocate.page
    chosen, other = (
        page.locator(f"input[name=network]{which} + label").first for which in (":checked", ":not(:checked)")
    )
    assert chosen.evaluate(COLOURS) != other.evaluate(COLOURS)
    words = page.get_by_label("Your words")
    words.focus()
    assert words.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    shot(advocate, "share-sheet-forced")
    advocate.is_accessible()
    executive = person("executive")
    executive.page.emulate_media(forced_colors="active")
    executive.go("/scenario?preset=ibm")
    system = executive.page.evaluate(
        """() => { document.body.insertAdjacentHTML('beforeend', '<i id="probe"></i>');
        const probe = document.getElementById('probe'); probe.style.color = 'Highlight';
        return getComputedStyle(probe).color; }"""
    )
    line = executive.page.locator(".plot-line").first
    assert line.evaluate("element => getComputedStyle(element).stroke") == system
    current = executive.page.locator(".nav-link[aria-current]").first
    assert current.evaluate(COLOURS)[0] == system
    shot(executive, "scenario-forced")


def test_a_scenario_is_typed_with_separators(stage, person):
    executive = person("executive")
    executive.go("/scenario?preset=ibm")
    page = executive.page
    page.get_by_label("Participation, in per cent").fill("3")
    page.get_by_label("People employed").fill("350,000")
    page.locator("h1", has_text="0.105 times").wait_for()
    assert page.locator("[data-output=people]").inner_text() == "10,500"
    assert page.get_by_label("People employed").input_value() == "350,000"


def test_the_inbox_leaves_the_focus_with_who_decides(stage, person):
    advocate, curator = person("advocate"), person("curator")
    for number in (1, 2, 3):
        advocate.go("/suggestions")
        advocate.page.get_by_label("Its address").fill(f"https://news.example/{number}")
        advocate.page.get_by_label("Why, in a few words").fill("It is about us.")
        advocate.press("Suggest it")
    curator.go("/studio/inbox")
    page = curator.page
    page.locator("[data-row-focus]").first.focus()
    second = page.locator("[data-row]").nth(1)
    second_name = second.locator("h2").inner_text()
    page.keyboard.press("d")
    page.get_by_role("button", name="Undo").wait_for()
    keeps_focus_on(page, f"{second_name}/checkbox")
    page.keyboard.press("k")
    page.keyboard.press("u")
    page.get_by_role("button", name="Undo").wait_for(state="detached")
    first_name = page.locator("[data-row] h2").first.inner_text()
    keeps_focus_on(page, f"{first_name}/checkbox")
    second.get_by_role("button", name="Dismiss").click()
    second.get_by_role("button", name="Undo").wait_for()
    keeps_focus_on(page, f"{second_name}/submit")
    curator.go("/studio/inbox?state=dismissed")
    assert page.evaluate("document.activeElement === document.body")


def test_a_press_beside_the_words_of_a_dialog_keeps_it_open(stage, person):
    curator = person("curator")
    curator.go("/studio")
    page = curator.page
    page.keyboard.press("?")
    box = page.locator("#keys").bounding_box()
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    assert page.locator("#keys").is_visible()
    page.mouse.click(box["x"] - 20, box["y"] - 20)
    assert page.locator("#keys").is_hidden()
    tick = page.locator(".card-tick input").first
    assert tick.bounding_box()["width"] >= 24
    around = page.locator(".card-tick").first.bounding_box()
    page.mouse.click(around["x"] + 4, around["y"] + 4)
    assert tick.is_checked()
    assert page.url.endswith("/studio")


def test_a_browser_is_asked_for_pushes_once(stage, person):
    advocate = person("advocate")
    sent = []
    advocate.page.add_init_script(PUSHES)
    advocate.page.route("**/notifications/browsers", lambda route: (sent.append(1), route.fulfill(status=204)))
    advocate.go("/notifications/settings")
    advocate.page.evaluate("window.isSame = true")
    advocate.page.get_by_role("button", name="Show them here").click()
    advocate.waits_until("window.isSame === undefined")
    assert sent == [1]
    assert advocate.page.url.endswith("#browsers")


def test_a_part_that_asks_again_leaves_the_focus_where_it_is(stage, person):
    stage.cluster.stop("worker@default")  # so that telling goes on for as long as somebody looks
    curator, changed = person("curator", service_worker=False), []
    curator.go(f"/studio/{stage.ids['item']}/announce")
    curator.press("Tell people")
    page = curator.page
    stop = page.get_by_role("button", name="Stop telling")
    stop.focus()
    before = page.locator(".announcement").element_handle()
    with page.expect_response("**/progress?*") as answered:
        pass
    assert answered.value.status == 204
    assert before.evaluate("element => element.isConnected")

    def with_news(route):
        answer = route.fetch(url=route.request.url.split("?")[0])
        changed.append(answer.status)
        route.fulfill(response=answer)

    page.route("**/progress?*", with_news, times=1)
    page.wait_for_function("element => !element.isConnected", arg=before)
    curator.waits_until("document.activeElement.id.startsWith('stop-telling-')")
    assert changed == [200]
    curator.press("Stop telling")
    curator.sees("stopped")
    stage.cluster.start("worker@default")
