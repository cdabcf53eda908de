"""Stopping, played to its end: one click, gone from every number, links that go on working, and no way back in."""

import re
from datetime import timedelta

import pytest

from advocacy.foundation import clock
from tests.browser.stage import AUDIENCE_OF_LEAVER
from tests.browser.test_main_journey import click
from tests.faults.cluster import PATIENCE

pytestmark = pytest.mark.browser

CLICKS = 3


def numbers_of(executive, day):
    """Return what the amplification page shows of a day: name of the tier to its figure, None where it shows none."""
    executive.go(f"/amplification?on={day.isoformat()}")
    shown = executive.page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('main .num[popovertarget]')]"
        ".map(one => [one.getAttribute('popovertarget').replace('definition-', ''), one.textContent]))"
    )
    return {name: int(re.sub(r"\D", "", text)) for name, text in shown.items() if re.fullmatch(r"[\d,]+", text)}


def wait_until_counted(stage):
    """Wait until no day waits to be counted, so that what is shown is no passing state."""
    stage.cluster.wait(
        lambda: (
            stage.cluster.scalar(
                "SELECT (SELECT count(*) FROM day_touch) + (SELECT count(*) FROM rollup_touch) + (SELECT count(*) "
                "FROM task WHERE name = 'measurement.restate_person' AND state IN ('ready', 'leased'))"
            )
            == 0
        ),
        60,
        "every day is counted",
    )


def wait_for_potential(executive, day, expected, seconds=60):
    for _ in range(seconds * PATIENCE):
        found = numbers_of(executive, day)
        if found.get("potential") == expected:
            return
        executive.page.wait_for_timeout(1000)
    raise AssertionError(f"On {day} {expected} was expected, and the page shows {found}")


def test_whoever_stops_leaves_every_number_and_a_new_yes_brings_no_old_fact_back(stage, person):
    today = clock.now().date()
    yesterday = today - timedelta(days=1)
    executive = person("executive")
    stage.cluster.wait(lambda: "potential" in numbers_of(executive, yesterday), 60, "yesterday is counted")
    wait_until_counted(stage)
    before = {day: numbers_of(executive, day)["potential"] for day in (today, yesterday)}

    # Somebody took part for two days, and shared.
    told = stage.tell("leaver")
    for number in range(CLICKS):
        assert click(told["link"], number).status == 302
    for day in (today, yesterday):
        wait_for_potential(executive, day, before[day] + AUDIENCE_OF_LEAVER)

    # One click.
    leaver = person()
    leaver.go(told["way_in"])
    leaver.press("Sign in")
    leaver.go("/shares")
    leaver.waits_for("3 times", 60)
    leaver.page.locator("footer").get_by_role("button", name="Stop taking part").click()
    leaver.page.wait_for_url("**/stopped")
    leaver.is_accessible()

    # She is in no number any more, of no day; her link leads where it led.
    for day in (today, yesterday):
        wait_for_potential(executive, day, before[day])
    answer = click(told["link"], 9)
    assert answer.status == 302
    assert "careers.meridian.example/stories/" in answer.headers["Location"]

    # A new yes begins anew: what was shared and told before stays out.
    leaver.go("/welcome/taking-part")
    leaver.answer("yes")
    leaver.answer("yes")
    leaver.page.wait_for_url("**/welcome/topics")
    wait_until_counted(stage)
    for day in (today, yesterday):
        wait_for_potential(executive, day, before[day])
    leaver.go("/impact")
    assert "3 times" not in leaver.page.inner_text("main")

    # Erased, there is nobody to sign in as, and the link leads on.
    leaver.go("/my-data/erase")
    leaver.press("Erase me")
    leaver.sees("this cannot be taken back")
    leaver.page.get_by_label("Yes, erase everything about me").check()
    leaver.press("Erase me")
    leaver.page.wait_for_url("**/erased")
    leaver.is_accessible()
    leaver.page.goto(f"{stage.portal}/my-data")
    assert "/sign-in" in leaver.page.url
    for day in (today, yesterday):
        wait_for_potential(executive, day, before[day])
    assert click(told["link"], 10).status in {302, 404}
