"""Feeds as they really are, each with what we read in it. Written by us from the specifications."""

import contextlib
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
import yaml

from advocacy.content.sources.addresses import canonical, without_tracking
from advocacy.content.sources.feeds import NotAFeed, read_feed
from tests.content.unfurling.test_reading import plain

CASES = sorted((Path(__file__).parent / "feeds").glob("*.yaml"))


def read(case):
    given = yaml.safe_load(case.read_text(encoding="utf-8"))
    body = given["body"]
    if "repeat" in given:
        made = "".join(given["repeat"]["text"].replace("{n}", str(n)) for n in range(given["repeat"]["times"]))
        body = body.replace("{" + given["repeat"]["name"] + "}", made)
    return given, body.encode(given.get("encoding", "utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_feed_is_read(case):
    given, content = read(case)
    expected = given["expect"]
    began = time.thread_time()  # what others do on this machine meanwhile does not count
    with time_machine.travel(datetime(2026, 11, 26, tzinfo=UTC), tick=False):
        try:
            found = plain(asdict(read_feed(content, given["content_type"], given["url"])))
        except NotAFeed as problem:
            found = {"problem": problem.problem.value, "feeds": list(problem.feeds)}
    assert time.thread_time() - began < 10
    entries, count = expected.pop("entries", None), expected.pop("count", None)
    assert {name: found.get(name) for name in expected} == expected
    if entries is not None:
        got = found["entries"]
        assert len(got) == (count or len(entries)), [entry["title"] for entry in got]
        for one, wanted in zip(got, entries, strict=False):
            assert {name: one[name] for name in wanted} == wanted


def test_there_are_enough_of_them():
    pages = list((Path(__file__).parents[1] / "unfurling" / "pages").glob("*.yaml"))
    assert len(CASES) + len(pages) >= 30


@pytest.mark.parametrize(
    "content",
    [
        b"<rss><channel>" + b"<item><title>" * 5_000,
        b"<rss><channel><item><title>" + b"<![CDATA[" * 50_000,
        b"<rss><channel><item><link>" + b"&#x41;" * 100_000,
        b'{"version":"https://jsonfeed.org/version/1.1","items":' + b"[" * 50_000,
        b'{"version":"https://jsonfeed.org/version/1.1","items":[' + b"{}," * 100_000 + b"{}]}",
        b"<rss " + b"a='b' " * 50_000 + b">",
        b"<feed xmlns='http://www.w3.org/2005/Atom'>" + b"<a>" * 5_000,
        b"<!---->" * 500 + b"<rss><channel><item><title>One</title></item></channel></rss>",
        b"<?xml version='1.0' encoding='undefined'?><rss><channel></channel></rss>",
        b"<?xml version='1.0' encoding='unicode_escape'?><rss><channel><title>\\ud800</title></channel></rss>",
    ],
    ids=range(10),
)
def test_a_feed_made_to_hurt_is_read_quickly(content):
    began = time.thread_time()
    with contextlib.suppress(NotAFeed):
        read_feed(content, "application/xml", "https://news.example/feed")
    assert time.thread_time() - began < 10


@pytest.mark.parametrize(
    "same",
    [
        "https://news.example/a?b=1&c=2",
        "http://www.news.example/a/?c=2&b=1",
        "https://NEWS.example:443/a?utm_source=mail&b=1&c=2&fbclid=x#part",
        "https://news.example./a/?b=1&c=2&utm%5Fmedium=x",
    ],
)
def test_one_page_has_one_spelling(same):
    assert canonical(same) == "news.example/a?b=1&c=2"


def test_other_pages_have_others():
    urls = ["https://a.example/", "https://a.example/x", "https://a.example/X", "https://a.example/?id=1"]
    urls += ["https://a.example/?id=2", "https://b.a.example/", "https://a.example:8443/", "https://a.example/x/y"]
    assert len({canonical(url) for url in urls}) == len(urls)


def test_tracking_goes_and_the_rest_stays_as_it_is():
    url = "https://a.example/x?b=2&utm_source=rss&a=%C3%BC&gclid=1#part"
    assert without_tracking(url) == "https://a.example/x?b=2&a=%C3%BC#part"
