"""Links lead only where they are allowed to, whatever spelling somebody tries."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advocacy.content.destinations import LONGEST_DESTINATION, check_destination, is_allowed_host
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web_addresses import normal_host, read_address
from tests.factories.content import make_host

# Known ways to make two readers of one URL disagree about where it leads.
BYPASSES = [
    "",
    " ",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//https://good.example",
    "data:text/html,x",
    "vbscript:x",
    "ftp://good.example/",
    "file:///etc/passwd",
    "//good.example/",
    "///good.example/",
    "/relative",
    "good.example",
    "https:good.example",
    "https:/good.example",
    "https:///good.example",
    "https:\\\\good.example",
    "https://good.example\\@evil.example",
    "https://evil.example\\.good.example",
    "https://good.example@evil.example",
    "https://good.example:443@evil.example/",
    "https://user:secret@good.example/",
    "https://good.example%40evil.example/",
    "https://good.example%2f.evil.example/",
    "https://good.example.evil.example/",
    "https://evilgood.example/",
    "https://evil.example/good.example",
    "https://evil.example?good.example",
    "https://evil.example#good.example",
    "https://good.example\t.evil.example",
    "https://good\r\n.example/",
    "https://good.example/\r\nSet-Cookie: a=b",
    "https://good.example/\x00",
    "https://good.example/\x7f",
    "https://good.example/a b",
    "https://good.example:0/",
    "https://good.example:/",
    "https://good.example:99999/",
    "https://good.example:80x/",
    "https://[::1/",
    "https://[good.example]/",
    "https://[::1]good.example/",
    "https://[fe80::1%25eth0]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://good.example/%zz",
    "https://good.example/%",
    "https://-good.example/",
    "https://good..example/",
    "https://.good.example/",
    "https://good_\u2024example/",
    "https://gооd.example/",  # Cyrillic letters
    "https://good.example\u3002evil.example/",
    "https://xn--a.example/",
    "https://" + "a" * 64 + ".example/",
    "https://good.example/" + "a" * 2000,
    "\u00a0https://good.example/",
    "https://good.example/\ud800",
]


@pytest.fixture
def good_host(session):
    make_host("good.example")


@pytest.mark.parametrize("url", BYPASSES, ids=lambda url: ascii(url)[:40])
def test_a_destination_is_refused_when_it_leads_elsewhere(good_host, url):
    with pytest.raises(Invalid) as refused:
        check_destination(url)
    assert refused.value.problems[0].pointer == "destination"


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://good.example", "https://good.example/"),
        ("HTTPS://GOOD.example./a", "https://good.example/a"),
        ("https://good.example:443/a?b=c#d", "https://good.example/a?b=c#d"),
        ("http://good.example:8080/", "http://good.example:8080/"),
        ("https://good.example/ä?ü=ß#ö", "https://good.example/%C3%A4?%C3%BC=%C3%9F#%C3%B6"),
        ("https://good.example/%2F?a=%26", "https://good.example/%2F?a=%26"),
        ("https://good.example/<script>", "https://good.example/%3Cscript%3E"),
        ("https://good.example/?u=https://evil.example", "https://good.example/?u=https://evil.example"),
        ("https://ｇｏｏｄ.example/", "https://good.example/"),
    ],
)
def test_a_destination_is_stored_in_one_spelling(good_host, url, stored):
    assert check_destination(url) == stored
    assert check_destination(stored) == stored


def test_a_destination_leaves_room_for_what_tracked_links_add(good_host):
    longest = "https://good.example/".ljust(LONGEST_DESTINATION, "a")
    assert check_destination(longest) == longest
    with pytest.raises(Invalid) as refused:
        check_destination(f"{longest}a")
    assert "has 1851 characters. Use one of at most 1850" in refused.value.problems[0].detail
    with pytest.raises(Invalid) as refused:
        check_destination("https://good.example/" + "世" * 300)
    assert "has 2721 characters. Enter one of at most 2000" in refused.value.problems[0].detail


def test_subdomains_are_allowed_only_when_the_entry_says_so(session):
    make_host("one.example")
    make_host("all.example", includes_subdomains=True)
    assert [is_allowed_host(host) for host in ("one.example", "a.one.example", "a.b.all.example", "xall.example")] == [
        True,
        False,
        True,
        False,
    ]


def test_an_international_name_is_stored_as_its_a_label():
    assert normal_host("Bücher.Example") == "xn--bcher-kva.example"
    assert normal_host("xn--bcher-kva.example") == "xn--bcher-kva.example"


_hostile = st.text(st.sampled_from("good.examplvi@:/\\?#%[]\t\n \x00-_~0x7F。．ａ\u202e"), max_size=60)


@given(st.one_of(_hostile.map(lambda rest: f"https://{rest}"), _hostile, st.text(max_size=80)))
@example("https://good.example\\@evil.example")
@example("https://good.example/" + "世" * 217)
@example("https://good.example/" + "世" * 220)
@example("https://bücher.example/?ü=" + "ß" * 400 + "#" + "ä" * 400)
def test_what_is_accepted_is_read_alike_by_everybody(url):
    try:
        address = read_address(url)
    except ValueError:
        return
    assert read_address(address.url) == address
    assert re.fullmatch(r"[!-~]+", address.url)
    parts = urlsplit(address.url)
    assert parts.hostname == address.host.strip("[]")
    assert (parts.username, parts.password, parts.port) == (None, None, address.port)
    # A reader that cuts at the first slash, question mark or hash finds the same authority.
    authority = re.split(r"[/?#\\]", address.url.split("://", 1)[1])[0]
    assert authority == (address.host if address.port is None else f"{address.host}:{address.port}")
