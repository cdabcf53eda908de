"""A whole product of real processes, a real Chromium, and a listener for everything a page complains about."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, sync_playwright

from tests.faults.cluster import PATIENCE, ROOT, Cluster, running_cluster

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/snap/bin/chromium")
# A browser as root in a closed network: no sandbox to enter, nothing to look up.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ALL_PROGRAMS = ("web", "redirect", "dispatcher", "worker@default", "worker@delivery", "worker@reporting")
BARS = "document.querySelectorAll('.bar-top, .tab-bar, .sheet-actions, .save-bar')"
# Only what is wrong leaves the page: what axe found in order is most of what it says.
BARRIERS = """
async () => (await axe.run({
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'],
})).violations.map(({ id, nodes: [node] }) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)
"""
ARRIVAL_SECONDS = 60.0
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# A refused form is an answer like any other. A page that is left, or a newer draft, cuts short what was on its way,
# which htmx reports by these two; a request that failed for another reason comes with `htmx:sendError` too.
NO_COMPLAINT = ("status of 422", "htmx:sendAbort", "htmx:afterRequest")


@dataclass
class Person:
    """Somebody at a browser of their own. What their pages complain about is kept, and must be nothing."""

    page: Page
    portal: str
    has_script: bool = True
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.add_init_script(
            "document.addEventListener('securitypolicyviolation', event => console.error("
            "`refused by the security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"
            "addEventListener('beforeunload', () => { window.isLeft = true })"
        )
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and not any(part in text for part in NO_COMPLAINT):
            self.complaints.append(text)

    def go(self, path: str) -> None:
        answer = self.page.goto(path if path.startswith("http") else self.portal + path)
        assert answer is not None
        assert answer.ok, f"{path} answered {answer.status}: {self.page.inner_text('main')[:300]}"

    def press(self, name: str) -> None:
        self.leaves_by(self.page.get_by_role("button", name=name).first)

    def follow(self, name: str) -> None:
        self.leaves_by(self.page.get_by_role("link", name=name).first)

    def answer(self, value: str) -> None:
        self.leaves_by(self.page.locator(f"button[name=answer][value={value}]"))

    def leaves_by(self, place: Locator) -> None:
        """Press and wait for the page it leads to, where it leads to one: a click is over before that is on its way."""
        if not self.has_script:  # every press leads to a page then, and no page can say that it was left
            with self.page.expect_navigation():
                place.click()
            return
        place.click()
        end = time.monotonic() + ARRIVAL_SECONDS
        while time.monotonic() < end:
            self.page.wait_for_timeout(50)
            with suppress(Error):  # the page was left while it was asked: ask the next one
                if not self.page.evaluate("Boolean(window.isLeft)"):
                    break
        self.page.wait_for_load_state()

    def sees(self, text: str) -> None:
        assert text in self.page.inner_text("main"), (
            f"{text!r} is not on {self.page.url}:\n{self.page.inner_text('main')[:800]}"
        )

    def waits_until(self, condition: str) -> None:
        """Wait until JavaScript says so. As a function, since the page's own policy refuses to read a text again."""
        self.page.wait_for_function(f"() => {condition}")

    def waits_for(self, text: str, seconds: float = 60) -> None:
        """Load the page again and again until it says something, as somebody would who waits for a number."""
        for _ in range(int(seconds * PATIENCE)):
            if text in self.page.inner_text("main"):
                return
            self.page.wait_for_timeout(1000)
            self.page.reload()
        self.sees(text)

    def is_accessible(self) -> None:
        """Check the page with axe against WCAG 2.2 AA, and that it fits its window."""
        wrong = [*self.barriers(), *self.overflow()]
        assert not wrong, f"{self.page.url}\n" + "\n".join(wrong)

    def barriers(self) -> list[str]:
        """Return what axe finds against WCAG 2.2 AA."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        # What a fixed bar happens to cover is one scroll away, and no barrier.
        self.page.evaluate(f"{BARS}.forEach(bar => bar.style.setProperty('position', 'static'))")
        found = self.page.evaluate(BARRIERS)
        self.page.evaluate(f"{BARS}.forEach(bar => bar.style.removeProperty('position'))")
        return list(found)

    def overflow(self) -> list[str]:
        root = "document.documentElement"
        wide = self.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
        return [f"it is {wide} px wider than its window"] if wide > 1 else []


@dataclass
class Stage:
    """The product with a small organisation in it."""

    cluster: Cluster
    links: dict[str, str]
    tokens: list[str]
    ids: dict[str, str]

    @property
    def portal(self) -> str:
        return self.cluster.environ["ADVOCACY_PORTAL_URL"]

    def letters(self) -> list[Path]:
        return sorted(Path(self.cluster.environ["ADVOCACY_HOME"]).glob("outbox/*.eml"))

    def tell(self, *wish: str) -> dict[str, Any]:
        """Run the stage's program and return what it prints: without a wish it makes the organisation."""
        return told_by_stage(self.cluster, *wish)


@pytest.fixture(scope="module")  # as long as it runs, nothing else of this process can have an event loop
def chromium() -> Iterator[Browser]:
    path = next((place for place in CHROMIUM if Path(place).exists()), None)
    assert path is not None, "These tests need Debian's package chromium: apt-get install -y chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def told_by_stage(cluster: Cluster, *wish: str) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "-m", "tests.browser.stage", *wish],
        cwd=ROOT,
        env=cluster.environ,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    return dict(json.loads(told.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Give the product with all its processes, or with those that the file names in PROGRAMS."""
    with running_cluster() as cluster:
        cluster.environ |= {"ADVOCACY_ORGANISATION": "Meridian Works", "ADVOCACY_SMALLEST_GROUP": "5"}
        found = told_by_stage(cluster)
        cluster.start(*getattr(request.module, "PROGRAMS", ALL_PROGRAMS))
        cluster.wait(lambda: urlopen(cluster.environ["ADVOCACY_PORTAL_URL"] + "/readyz", timeout=2).status == 200, 60)
        yield Stage(cluster, **found)
        if folder := os.environ.get("ADVOCACY_SHOTS"):
            Path(folder, "logs.txt").write_text(cluster.logs(200_000))


@pytest.fixture
def person(stage: Stage, chromium: Browser) -> Iterator[Callable[..., Person]]:
    """Give people a browser each, signed in by the link of their role when they have one."""
    people: list[Person] = []

    def arrive(
        role: str | None = None,
        *,
        phone: bool = False,
        dark: bool = False,
        script: bool = True,
        service_worker: bool = True,
    ) -> Person:
        context = chromium.new_context(
            viewport=PHONE if phone else DESK,
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            has_touch=phone,
            reduced_motion="reduce",
            java_script_enabled=script,
            service_workers="allow" if service_worker else "block",
        )
        context.set_default_timeout(60_000)  # beside two other products that start on the same cores
        newcomer = Person(context.new_page(), stage.portal, has_script=script)
        newcomer.listen()
        people.append(newcomer)
        if role is not None:
            newcomer.go(stage.links[role])
            newcomer.press("Sign in")
        return newcomer

    yield arrive
    failures = os.environ.get("ADVOCACY_SHOTS")  # a folder to look into when a journey ended early
    for number, one in enumerate(people if failures else []):
        one.page.screenshot(path=f"{failures}/person-{number}.png", full_page=True)
    complaints = [complaint for one in people for complaint in one.complaints]
    for one in people:
        one.page.context.close()
    assert not complaints, complaints
