"""Pages as they really are, each with what we read in it. Written by us from the specifications."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
import yaml

from advocacy.content.unfurling.linked_data import DEEPEST
from advocacy.content.unfurling.markup import plain_text
from advocacy.content.unfurling.reading import read_page
from advocacy.content.wording import LONGEST_SUMMARY, LONGEST_TITLE

CASES = sorted((Path(__file__).parent / "pages").glob("*.yaml"))
URL = "https://site.example/"


def plain(value):
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(each) for each in value]
    return {name: plain(each) for name, each in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_page_is_read(case):
    given = yaml.safe_load(case.read_text(encoding="utf-8"))
    content = given["page"].encode(given.get("encoding", "utf-8"))
    with time_machine.travel(datetime(2026, 11, 26, tzinfo=UTC)):
        facts = plain(asdict(read_page(content, given["content_type"], given["url"])))
    assert {name: facts[name] for name in given["expect"]} == given["expect"]


def test_what_is_kept_has_an_end():
    page = f"<title>{'word ' * 500}</title><meta name=description content='{'word ' * 5_000}'>"
    facts = read_page(page.encode(), "text/html", URL)
    assert len(facts.title) <= LONGEST_TITLE
    assert facts.title.endswith("word…")
    assert len(facts.summary) <= LONGEST_SUMMARY


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 60_000,
        "<p " + "a=b " * 100_000 + ">",
        '<script type="application/ld+json">' + "[" * 100_000 + "</script>",
        '<script type="application/ld+json">' + '{"a":' * 900 + "1" + "}" * 900 + "</script>",
        '<script type="application/ld+json">[' + '{"@type":"JobPosting","title":"x"},' * 30_000 + "{}]</script>",
        "<meta name=a content=b>" * 50_000,
        "<title>" + "&amp;" * 200_000,
        "<title>" + "<" * 500_000,
        "<meta property=og:description content='" + "<b>" * 100_000 + "'>",
        "<!--" * 100_000,
        "\x00" * 100_000,
        "<!DOCTYPE a [" + "".join(f'<!ENTITY e{n} "&e{n - 1};&e{n - 1};">' for n in range(1, 60)) + "]><p>&e59;",
    ],
    ids=range(12),
)
def test_a_page_made_to_hurt_is_read_quickly(page):
    began = time.thread_time()  # what others do on this machine meanwhile does not count
    read_page(page.encode(), "text/html", URL)
    assert time.thread_time() - began < 5


def test_json_ld_is_not_followed_for_ever():
    deep = '{"a":' * (DEEPEST + 5) + '{"@type":"JobPosting","title":"Too deep"}' + "}" * (DEEPEST + 5)
    facts = read_page(f'<script type="application/ld+json">{deep}</script>'.encode(), "text/html", URL)
    assert facts.jobs == []


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("R&D and M&A", "R&D and M&A"),
        ("&lt;b&gt;Bold&lt;/b&gt; words", "Bold words"),
        ("a &lt; b &gt; c", "a < b > c"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("<script>alert(1)</script>Text<style>p{}</style>", "Text"),
        ("<a href='javascript:alert(1)' onclick=x>link</a>", "link"),
        ("<![CDATA[kept]]>", "<![CDATA[kept]]>"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("<img src=x onerror=alert(1)>after", "after"),
        ("  \u202eabc\u202c  \n\t d ", "abc d"),
    ],
)
def test_text_of_others_becomes_plain_text(raw, text):
    assert plain_text(raw, 200) == text
