"""Sources are read politely, what is new comes in once, and trouble is told in one sentence."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from advocacy.content.sources import inbox, polling, queries, service
from advocacy.content.sources.models import EntryState, PauseReason, SourceEntry, SourceFeed
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted, PreconditionFailed
from tests.factories.content import make_actor
from tests.factories.people import make_unit
from tests.support.sites import answer

FEED = "application/rss+xml"


def rss(*items, title="Works news"):
    inner = "".join(
        f"<item><title>{name}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid></item>"
        for guid, name, link in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{inner}</channel></rss>'


ONE = ("1", "One", "https://works.example/1?utm_source=rss")
TWO = ("2", "Two", "https://works.example/2")


@pytest.fixture
def curator(session):
    make_unit("Meridian Works")
    return make_actor(Role.CURATOR)


def add(curator, site, jobs, path="/feed", **options):
    source_id = service.add_source(curator, url=site.url(path), **options).id
    jobs.run("content.poll_source")
    return fresh(source_id)


def fresh(source_id):
    return ambient.scalars(select(SourceFeed).where(SourceFeed.id == source_id)).one()


def again(source, jobs):
    """Read a source once more, as if its time had come."""
    source_id = source.id
    source.next_poll_at = clock.now()
    ambient.flush()
    polling.poll_due_sources()
    jobs.run("content.poll_source")
    return fresh(source_id)


def titles(**filters):
    return sorted(ambient.scalars(select(SourceEntry.title).filter_by(**filters)))


def test_a_feed_comes_into_the_inbox_once(curator, site, recorded_jobs):
    site.pages["/feed"] = answer(rss(ONE, TWO), kind=FEED)
    source = add(curator, site, recorded_jobs)
    assert (source.title, source.kind.value, source.new_count, source.failures) == ("Works news", "rss", 2, 0)
    assert service.told(source) == "2 new entries."
    assert titles() == ["One", "Two"]
    assert timedelta(minutes=59) < source.next_poll_at - clock.now() < timedelta(minutes=67)
    source = again(source, recorded_jobs)
    assert service.told(source) == "Nothing new."
    assert titles() == ["One", "Two"]
    (row,) = queries.list_sources(visible_to=curator)
    assert (row.unit_name, row.waiting) == ("Meridian Works", 2)


def test_only_what_changed_is_asked_for(curator, site, recorded_jobs):
    site.pages["/feed"] = answer(rss(ONE), kind=FEED, ETag='"a"', Last_Modified="Tue, 03 Nov 2026 08:15:00 GMT")
    source = add(curator, site, recorded_jobs)
    site.pages["/feed"] = answer(kind="", status=304, Cache_Control="max-age=14400")
    source = again(source, recorded_jobs)
    asked = site.asked[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"a"', "Tue, 03 Nov 2026 08:15:00 GMT")
    assert (service.told(source), source.failures, source.etag) == ("Nothing new.", 0, '"a"')
    assert source.next_poll_at - clock.now() > timedelta(hours=3, minutes=59)


def test_what_a_source_says_did_not_change_is_offered_still(curator, site, recorded_jobs):
    site.pages["/feed"] = answer(rss(ONE, TWO), kind=FEED, ETag='"a"')
    source = add(curator, site, recorded_jobs)
    inbox.dismiss_entry(curator, ambient.scalars(select(SourceEntry.id).where(SourceEntry.title == "One")).one())
    site.pages["/feed"] = answer(kind="", status=304)
    for days in (60, 120):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            source = again(source, recorded_jobs)
            assert service.forget_old_entries() == 0
            assert (titles(), titles(state=EntryState.DISMISSED)) == (["One", "Two"], ["One"])
    assert source.etag == '"a"'


def test_what_a_source_offered_no_longer_is_not_kept_by_its_silence(curator, site, recorded_jobs):
    site.pages["/feed"] = answer(rss(ONE, TWO), kind=FEED, ETag='"a"')
    source = add(curator, site, recorded_jobs)
    site.pages["/feed"] = answer(rss(TWO), kind=FEED, ETag='"b"')
    source = again(source, recorded_jobs)
    site.pages["/feed"] = answer(kind="", status=304)
    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        again(source, recorded_jobs)
        assert service.forget_old_entries() == 1
        assert titles() == ["Two"]


def test_once_a_month_a_source_is_read_as_a_whole(curator, site, recorded_jobs):
    """What several sources offer has the mark of one reading only."""

    def unless_unchanged(connection):
        is_known = "if-none-match" in site.asked[-1].headers
        connection.sendall(answer(kind="", status=304) if is_known else answer(feeds["/other"], kind=FEED, ETag='"a"'))

    start = datetime(2026, 12, 1, 12, tzinfo=UTC)
    feeds = {"/other": rss(("9", "Nine", ONE[2])), "/feed": rss(ONE, TWO)}
    for hour, (path, feed) in enumerate(feeds.items()):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            site.pages[path] = answer(feed, kind=FEED, ETag='"a"')
            add(curator, site, recorded_jobs, path)
    inbox.dismiss_entry(curator, ambient.scalars(select(SourceEntry.id).where(SourceEntry.title == "Nine")).one())
    for days in range(7, 200, 7):
        with time_machine.travel(start + timedelta(days=days), tick=False):
            asked = len(site.asked)
            # One source dropped the page long ago, the other one never changes.
            site.pages["/feed"] = answer(rss(TWO, ("3", f"News {days}", TWO[2] + "3")), kind=FEED)
            site.pages["/other"] = unless_unchanged
            polling.poll_due_sources()
            recorded_jobs.run("content.poll_source")
            assert len(site.asked) == asked + 2
            service.forget_old_entries()
            assert titles(state=EntryState.DISMISSED) == ["Nine"]
    assert sum("if-none-match" in one.headers for one in site.asked if one.path == "/other") > 20


def test_an_entry_nobody_decided_about_follows_its_feed(curator, site, recorded_jobs):
    site.pages["/feed"] = answer(rss(ONE, TWO), kind=FEED)
    source = add(curator, site, recorded_jobs)
    decided = ambient.scalars(select(SourceEntry).where(SourceEntry.title == "Two")).one()
    decided.state, decided.decided_at = EntryState.DISMISSED, clock.now()
    ambient.flush()
    site.pages["/feed"] = answer(rss(("1", "One, corrected", ONE[2]), ("2", "Two, corrected", TWO[2])), kind=FEED)
    again(source, recorded_jobs)
    assert titles() == ["One, corrected", "Two"]


def test_an_entry_with_an_address_too_long_for_links_is_left_out(curator, site, recorded_jobs):
    site.pages["/feed"] = answer(rss(("1", "One", "https://works.example/" + "世" * 400), TWO), kind=FEED)
    source = add(curator, site, recorded_jobs)
    assert (source.failures, source.new_count, titles()) == (0, 1, ["Two"])


def test_one_page_from_several_sources_is_one_entry(curator, site, recorded_jobs):
    site.pages["/feed"] = answer(rss(ONE), kind=FEED)
    site.pages["/other"] = answer(rss(("x-9", "One elsewhere", "http://www.works.example/1/?fbclid=7#top")), kind=FEED)
    add(curator, site, recorded_jobs)
    other = add(curator, site, recorded_jobs, "/other")
    assert other.new_count == 0
    assert titles() == ["One"]


def test_a_sites_address_leads_to_its_feed(curator, site, recorded_jobs):
    site.pages["/"] = answer('<title>Works</title><link rel="alternate" type="application/rss+xml" href="/feed">')
    site.pages["/feed"] = answer(rss(ONE), kind=FEED)
    source = add(curator, site, recorded_jobs, "/")
    assert source.url == site.url("/feed")
    assert titles() == ["One"]


def test_a_page_of_openings_is_a_source(curator, site, recorded_jobs):
    site.pages["/jobs"] = answer(
        '<title>Jobs</title><script type="application/ld+json">{"@type": "JobPosting", "title": "Welder",'
        '"identifier": "R-1", "url": "/jobs/1"}</script>'
    )
    source = add(curator, site, recorded_jobs, "/jobs")
    entry = ambient.scalars(select(SourceEntry)).one()
    assert (source.kind.value, entry.kind.value, entry.job["reference"]) == ("jobs", "job", "R-1")


def test_a_feed_that_moved_for_good_is_asked_there(curator, site, recorded_jobs):
    site.pages |= {"/feed": answer(status=301, Location="/new"), "/new": answer(rss(ONE), kind=FEED)}
    assert add(curator, site, recorded_jobs).url == site.url("/new")
    site.pages |= {"/feed2": answer(status=302, Location="/new")}
    assert add(curator, site, recorded_jobs, "/feed2").url == site.url("/feed2")


def test_trouble_is_asked_about_less_and_less_and_told(curator, site, recorded_jobs):
    site.pages["/feed"] = answer("sorry", status=500)
    source = add(curator, site, recorded_jobs)
    pauses = []
    for _number in range(5):
        pauses.append((source.next_poll_at - clock.now()) / timedelta(hours=1))
        source = again(source, recorded_jobs)
    assert [round(pause / (1.05 * 2**n), 1) for n, pause in enumerate(pauses)] == pytest.approx([1.0] * 5, abs=0.11)
    assert source.failures == 6
    assert service.told(source) == "The site has a problem of its own. Try again later."
    site.pages["/feed"] = answer(rss(ONE), kind=FEED)
    source = again(source, recorded_jobs)
    assert (source.failures, service.told(source)) == (0, "One new entry.")


def test_a_source_that_always_fails_is_paused_and_says_so(curator, site, recorded_jobs):
    site.pages["/feed"] = answer("sorry", status=500)
    source = add(curator, site, recorded_jobs)
    for _number in range(polling.MOST_FAILURES - 1):
        source = again(source, recorded_jobs)
    assert source.pause_reason is PauseReason.FAILING
    assert service.told(source).startswith("Paused, because it failed 10 times in a row.")
    asked = len(site.asked)
    again(source, recorded_jobs)
    assert len(site.asked) == asked
    resumed = service.change_source(curator, source.id, is_paused=False)
    site.pages["/feed"] = answer(rss(ONE), kind=FEED)
    recorded_jobs.run("content.poll_source")
    assert service.told(fresh(resumed.id)) == "One new entry."


def test_what_is_gone_is_not_asked_again(curator, site, recorded_jobs):
    site.pages["/feed"] = answer("gone", status=410)
    source = add(curator, site, recorded_jobs)
    assert service.told(source) == "Paused: the site says this is gone for good."


@pytest.mark.parametrize("retry_after", ["14400", "in four hours"])
def test_a_site_that_asks_for_time_gets_it(curator, site, recorded_jobs, retry_after):
    site.pages["/feed"] = answer("busy", status=429, Retry_After=retry_after)
    source = add(curator, site, recorded_jobs)
    hours = 4 if retry_after.isdecimal() else 1
    assert source.next_poll_at - clock.now() > timedelta(hours=hours) - timedelta(minutes=1)
    assert service.told(source) == "The site asks to come back later."


def test_faults_of_a_site_are_one_sentence(curator, site, recorded_jobs, monkeypatch):
    def drip(connection):
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    def pour(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss>")
        while True:
            connection.sendall(b"<item>" * 10_000)

    faults = {
        "/slow": (drip, "The site took too long to answer. Try again later."),
        "/endless": (pour, "The page is too large to read."),
        "/bomb": (
            answer('<!DOCTYPE r [<!ENTITY a "aa">]><rss><channel><title>&a;</title></channel></rss>', kind="text/xml"),
            "The feed defines entities of its own, which is not safe to read.",
        ),
        "/page": (answer("<title>Just a page</title>"), "There is no feed at this address, and no job data."),
        "/inside": (
            answer(status=302, Location="http://169.254.169.254/"),
            "This address is not on the public internet, so we do not open it.",
        ),
    }
    for path, (behaviour, sentence) in faults.items():
        site.pages[path] = behaviour
        # Only the slow one is given up early: the others have all the time that a busy machine takes.
        with monkeypatch.context() as patched:
            if path == "/slow":
                patched.setattr(polling, "SECONDS", 0.5)
            assert service.told(add(curator, site, recorded_jobs, path)) == sentence


def test_what_somebody_changed_while_a_site_took_its_time_wins(curator, site, recorded_jobs):
    source = service.add_source(curator, url=site.url("/feed"))
    source_id = source.id
    ambient.commit()

    def pausing(connection):
        paused = fresh(source_id)
        paused.paused_at, paused.pause_reason = clock.now(), PauseReason.BY_SOMEBODY
        ambient.flush()
        connection.sendall(answer(rss(ONE), kind=FEED))

    # The test's one connection stands for the other one: what matters is that the row is read anew.
    body = answer(rss(ONE), kind=FEED)
    site.pages["/feed"] = body
    found = fresh(source_id)
    found.url = site.url("/elsewhere")
    site.pages["/elsewhere"] = body
    ambient.flush()
    recorded_jobs.run("content.poll_source")
    assert titles() == ["One"]


def test_a_run_for_a_source_that_is_not_due_does_nothing(curator, site, recorded_jobs):
    site.pages["/feed"] = answer(rss(ONE), kind=FEED)
    source = add(curator, site, recorded_jobs)
    polling.poll_source(source.id)
    polling.poll_source(curator.account_id)
    assert len(site.asked) == 1


def test_sources_are_kept_by_those_who_write_for_their_unit(curator, site, recorded_jobs):
    root = make_unit("Root") if queries.list_sources(visible_to=curator) else None
    ours = make_unit("Ours", parent=root)
    theirs = make_unit("Theirs", parent=root)
    local = make_actor(Role.CURATOR, unit=ours)
    with pytest.raises(NotPermitted):
        service.add_source(make_actor(), url=site.url("/feed"))
    with pytest.raises(NotPermitted):
        service.add_source(local, url=site.url("/feed"), unit_id=theirs.id)
    source = service.add_source(curator, url=site.url("/feed"), unit_id=theirs.id)
    with pytest.raises(NotFound):
        service.change_source(local, source.id, is_paused=True)
    assert queries.list_sources(visible_to=local) == []


@pytest.mark.parametrize("url", ["", "works", "javascript:alert(1)", "file:///etc/passwd"])
def test_what_is_no_address_is_refused(curator, url):
    with pytest.raises(Invalid):
        service.add_source(curator, url=url)


def test_a_source_is_there_once_and_changes_are_not_lost(curator, site):
    source = service.add_source(curator, url=site.url("/feed?utm_source=x"))
    with pytest.raises(Conflict):
        service.add_source(curator, url=site.url("/feed"))
    with pytest.raises(PreconditionFailed):
        service.change_source(curator, source.id, seen_version=99, title="x")
    with pytest.raises(Invalid):
        service.change_source(curator, source.id, title="x" * 200)
    paused = service.change_source(curator, source.id, seen_version=source.row_version, is_paused=True, title=" Works ")
    assert (paused.title, service.told(paused)) == ("Works", "Paused by somebody here.")
    with pytest.raises(Conflict):
        service.poll_now(curator, source.id)


def test_a_removed_source_takes_its_entries_along(curator, site, recorded_jobs):
    site.pages["/feed"] = answer(rss(ONE, TWO), kind=FEED)
    source = add(curator, site, recorded_jobs)
    service.remove_source(curator, source.id)
    ambient.flush()
    assert titles() == []
    assert queries.list_sources(visible_to=curator) == []


def test_what_is_old_and_was_not_accepted_is_forgotten(curator, site, recorded_jobs):
    site.pages["/feed"] = answer(rss(ONE, TWO), kind=FEED)
    add(curator, site, recorded_jobs)
    old = ambient.scalars(select(SourceEntry).where(SourceEntry.title == "One")).one()
    old.seen_at = clock.now() - timedelta(days=91)
    ambient.flush()
    assert service.forget_old_entries() == 1
    assert titles() == ["Two"]


def test_what_was_dismissed_stays_so_while_anything_still_offers_its_page(curator, site, recorded_jobs):
    """Another source may list it, and some sites give their entries new guids: it was decided about all the same."""

    def entry():
        return ambient.scalars(select(SourceEntry)).one()

    site.pages["/feed"] = answer(rss(ONE), kind=FEED)
    source = add(curator, site, recorded_jobs)
    inbox.dismiss_entry(curator, entry().id)
    long_ago = clock.now() - timedelta(days=91)
    for offer in ("another guid", "another source"):
        entry().seen_at = long_ago
        ambient.flush()
        if offer == "another guid":
            site.pages["/feed"] = answer(rss(("1-new", *ONE[1:])), kind=FEED)
            source = again(source, recorded_jobs)
        else:
            site.pages["/other"] = answer(rss(ONE), kind=FEED)
            add(curator, site, recorded_jobs, path="/other")
        assert entry().seen_at > long_ago, offer
        assert service.forget_old_entries() == 0
        assert titles(state=EntryState.DISMISSED) == titles() == ["One"]
