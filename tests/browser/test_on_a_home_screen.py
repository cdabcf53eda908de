"""The portal on a home screen: Chromium would install it, it says so without a connection, and leaves nothing."""

import pytest

pytestmark = pytest.mark.browser
PROGRAMS = ("web",)

KEPT = """async () => {
    const found = [];
    for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
    return found;
}"""


def test_it_can_be_installed_works_without_a_connection_and_leaves_nothing_behind(stage, person):
    visitor = person("advocate", phone=True)
    page, context = visitor.page, visitor.page.context
    visitor.go("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    devtools = context.new_cdp_session(page)
    told = devtools.send("Page.getAppManifest")
    assert told["url"] == f"{stage.portal}/manifest.webmanifest"
    assert told["errors"] == []
    # A test's browser is a private window, which is the one thing that speaks against it.
    against = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one["errorId"] for one in against] == ["in-incognito"]

    # What is kept is the same for everybody: files of the build, and one page without a person.
    visitor.go("/shares")
    kept = page.evaluate(KEPT)
    assert "/offline" in kept
    assert all(path.startswith("/static/") for path in kept if path != "/offline"), kept
    visitor.waits_until("navigator.serviceWorker.controller !== null")
    context.set_offline(True)
    page.goto(f"{stage.portal}/shares")
    assert page.get_by_role("heading", name="You are offline").is_visible()
    assert "The advocate" not in page.content()
    visitor.is_accessible()
    # A browser notes by itself that there is no connection; nothing else may stand there.
    assert all("net::ERR_INTERNET_DISCONNECTED" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()
    context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    page.get_by_role("heading", name="You are offline").wait_for(state="detached")
    page.get_by_role("heading", level=1).wait_for()
    assert page.url == f"{stage.portal}/shares"
    assert "offline" not in page.inner_text("main")

    # Chromium offers to install it at a moment of its own; here its word is given for it.
    visitor.go("/")
    assert page.locator("[data-install]").is_hidden()
    page.evaluate(
        "window.dispatchEvent(Object.assign(new Event('beforeinstallprompt'), {prompt: () => window.asked = 1}))"
    )
    page.get_by_role("button", name="Put it there").click()
    assert page.evaluate("window.asked") == 1
    page.reload()
    page.evaluate("window.dispatchEvent(new Event('beforeinstallprompt', {cancelable: true}))")
    visitor.is_accessible()
    page.get_by_role("button", name="No, thank you").click()
    page.reload()
    page.evaluate("window.dispatchEvent(new Event('beforeinstallprompt'))")
    assert page.locator("[data-install]").is_hidden()

    # Signing out takes the worker and all it kept along.
    page.get_by_role("button", name="Your menu").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    assert page.evaluate(KEPT) == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(found => found.length)") == 0
