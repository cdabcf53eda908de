"""What is one page and what is several: by guid first, then by address, then by the part of it a source tells apart."""

import pytest
from sqlalchemy import select

from advocacy.content.models import ItemKind
from advocacy.content.sources import polling, suggesting
from advocacy.content.sources.addresses import part_of
from advocacy.content.sources.feeds import EntryFacts, read_feed
from advocacy.content.sources.models import SourceEntry
from advocacy.foundation import clock
from advocacy.foundation.db import session as ambient
from tests.factories.people import actor_for, make_employee, make_unit
from tests.factories.sources import make_entry, make_source

NOTES = "https://works.example/notes"


@pytest.fixture(autouse=True)
def company(session):
    make_unit("Meridian Works")


def offer(source, *entries):
    """Take in what a source offers, as guid and address each; return how many were new."""
    facts = [EntryFacts(guid=guid, url=url, title=guid, summary="") for guid, url in entries]
    return polling.keep_entries(source, facts, clock.now())


def titles():
    return sorted(ambient.scalars(select(SourceEntry.title)))


def test_parts_of_one_page_are_entries_of_their_own():
    source = make_source()
    assert offer(source, ("dec1", f"{NOTES}#dec1"), ("dec2", f"{NOTES}#dec2"), ("all", NOTES)) == 3
    assert offer(source, ("dec1", f"{NOTES}#dec1"), ("dec2", f"{NOTES}#dec2"), ("all", NOTES)) == 0
    assert titles() == ["all", "dec1", "dec2"]


def test_a_part_is_told_from_an_earlier_one_of_the_same_source():
    source = make_source()
    for day in ("dec1", "dec2", "dec3"):
        assert offer(source, (day, f"{NOTES}#{day}")) == 1


def test_a_page_is_one_entry_by_whatever_guid_and_fragment_another_source_names_it():
    assert offer(make_source(), ("a", NOTES)) == 1
    for fragment in ("", "#comments", "#top", "#:~:text=Works", "#xtor=RSS-1", "#utm_source=rss"):
        assert offer(make_source(), ("b", f"{NOTES}{fragment}")) == 0, fragment
    assert titles() == ["a"]


def test_two_sources_that_tell_the_same_parts_bring_each_once():
    parts = [("dec1", f"{NOTES}#dec1"), ("dec2", f"{NOTES}#dec2")]
    assert offer(make_source(), *parts) == 2
    assert offer(make_source(), *[(f"other {guid}", url) for guid, url in reversed(parts)]) == 0
    assert offer(make_source(), ("third", f"{NOTES}#dec2")) == 0


def test_pages_that_a_script_names_by_fragments_are_told_apart_between_sources():
    assert offer(make_source(), ("a", "https://jobs.example/#/1")) == 1
    assert offer(make_source(), ("b", "https://jobs.example/#/2")) == 1
    assert offer(make_source(), ("c", "https://jobs.example/#/1")) == 0


def test_what_was_there_before_parts_were_told_apart_does_not_come_back():
    source = make_source()
    make_entry(source, url=f"{NOTES}#dec1", title="dec1", guid_hash=polling.fingerprint("dec1"))
    assert offer(source, ("dec1", f"{NOTES}#dec1")) == 0
    assert offer(source, ("dec1 by a new guid", f"{NOTES}#dec1")) == 0
    assert offer(make_source(), ("elsewhere", f"{NOTES}#top")) == 0
    assert titles() == ["dec1"]


def test_a_colleague_speaks_for_the_part_they_name():
    source = make_source()
    offer(source, ("dec1", f"{NOTES}#dec1"), ("dec2", f"{NOTES}#dec2"))

    def said(url):
        suggestion = suggesting.suggest(actor_for(make_employee()), url=url, why="Good")
        return ambient.get_one(SourceEntry, suggestion.entry_key).title

    assert said(f"{NOTES}#dec2") == "dec2"
    assert said(f"{NOTES}#dec1") == said(NOTES) == "dec1"
    assert said(f"{NOTES}#dec3") == said(f"{NOTES}#dec3") == "works.example/notes"
    assert len(titles()) == 3
    offer(source, ("plain", "https://works.example/plain"))
    assert said("https://works.example/plain#comments") == "plain"


def openings(*nodes):
    script = ",".join(nodes)
    page = f'<title>Jobs</title><script type="application/ld+json">[{script}]</script>'
    return read_feed(page.encode(), "text/html", "https://works.example/jobs").entries


@pytest.mark.parametrize("more", ["", ', "url": "/jobs"'])
@pytest.mark.parametrize("is_numbered", [True, False])
def test_openings_on_one_page_are_entries_of_their_own(more, is_numbered):
    found = openings(
        *(
            f'{{"@type": "JobPosting", "title": "{title}"{more}{number if is_numbered else ""}}}'
            for title, number in (("Welder", ', "identifier": "R-1"'), ("Cook", ', "identifier": "R-2"'))
        )
    )
    source = make_source()
    assert polling.keep_entries(source, found, clock.now()) == 2
    assert polling.keep_entries(source, found, clock.now()) == 0
    assert polling.keep_entries(make_source(), found, clock.now()) == 0
    assert titles() == ["Cook", "Welder"]
    assert set(ambient.scalars(select(SourceEntry.kind))) == {ItemKind.JOB if is_numbered else ItemKind.ARTICLE}


def test_an_opening_whose_number_came_later_stays_one_entry_on_its_own_page():
    source = make_source()
    for number in ("", ', "identifier": "R-1"'):
        found = openings(f'{{"@type": "JobPosting", "title": "Welder", "url": "/jobs/1"{number}}}')
        polling.keep_entries(source, found, clock.now())
    assert titles() == ["Welder"]


@pytest.mark.parametrize(
    ("fragment", "part"),
    [
        ("", ""),
        ("#", ""),
        ("#dec1", "dec1"),
        ("#dec1:~:text=Works", "dec1"),
        ("#utm_source=a&xtor=RSS-1", ""),
        ("#/jobs/1", "/jobs/1"),
    ],
)
def test_what_of_a_fragment_names_a_part(fragment, part):
    assert part_of(f"{NOTES}{fragment}") == part
