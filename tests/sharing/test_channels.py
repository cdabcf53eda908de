"""Texts arrive in the networks' dialogs as they were written, and are counted as the networks count."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advocacy.foundation.errors import Invalid
from advocacy.sharing.channels import checked_post_url, count, intent_url, measure, normal_server
from config.networks import find_network, networks

LINK = "https://go.meridian.example/aB3dE5fG7"
HOSTILE = "Grüße & 50 % + #1? שלום 👨‍👩‍👧‍👦\nnext%0Aline {url} {0} ;,/\\\"'<b>"

# Everything people can type that is stored: no controls but line breaks, no halves of characters.
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=200)


def read(network, text, link=LINK, title="A & B?"):
    """Take an intent apart as the network's server would."""
    address = intent_url(network, text=text, link=link, title=title, server="mastodon.example")
    query = address.partition("?")[2]
    return {name: values[0] for name, values in parse_qs(query, strict_parsing=bool(query)).items()}


@given(texts)
@example(HOSTILE)
@pytest.mark.parametrize("network", [n for n in networks() if n.prefills], ids=lambda network: network.key)
def test_a_text_comes_out_of_an_intent_as_it_went_in(network, text):
    found = read(network, text)
    line_break = "\r\n" if network.key == "email" else "\n"
    written = text.replace("\n", line_break)
    whole = f"{written}{line_break}{LINK}" if text else LINK
    values = list(found.values())
    if network.link_in_text:
        assert whole in values
    else:
        assert LINK in values
        assert written in values or not text


@given(texts)
@pytest.mark.parametrize("network", [n for n in networks() if n.intent], ids=lambda network: network.key)
def test_an_intent_stays_on_its_network_whatever_the_text_is(network, text):
    address = intent_url(network, text=text, link=LINK, title=text, server="mastodon.example")
    expected = urlsplit(network.intent.replace("{server}", "mastodon.example"))
    found = urlsplit(address)
    assert (found.scheme, found.netloc, found.path, found.fragment) == (
        expected.scheme,
        expected.netloc,
        expected.path,
        "",
    )
    assert address.isascii()
    assert not set(address) & set(' \n\r"<>\\^`{|}+')


@pytest.mark.parametrize("key", ["linkedin", "facebook", "xing"])
def test_only_the_link_is_handed_over_when_a_network_takes_no_text(key):
    assert list(read(find_network(key), HOSTILE).values()) == [LINK]


def test_mail_has_its_line_breaks_as_the_standard_wants():
    address = intent_url(find_network("email"), text="one\ntwo", link=LINK, title="A & B")
    assert address.startswith("mailto:?subject=A%20%26%20B&body=one%0D%0Atwo%0D%0Ahttps%3A%2F%2F")


def test_there_is_no_dialog_when_a_network_has_none_or_nothing_to_take():
    assert intent_url(find_network("other"), text="a", link=LINK) is None
    assert intent_url(find_network("linkedin"), text="a", link=None) is None
    assert intent_url(find_network("x"), text="a", link=None) == "https://x.com/intent/tweet?text=a"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("café", 4),
        ("cafe\u0301", 4),  # composed first, as X does
        ("漢字", 4),
        ("ツイート", 8),
        ("שלום", 4),
        ("👍", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇩🇪", 2),
        ("1️⃣", 2),
        ("…–’", 4),
        ("a https://example.com/" + "x" * 300, 25),
        ("http://a.example http://b.example", 47),
        ("x" * 280, 280),
    ],
)
def test_x_counts_by_weight(text, length):
    assert count(text, "weighted", 23) == length


@pytest.mark.parametrize(("text", "length"), [("👨‍👩‍👧‍👦é", 2), ("e\u0301", 1), ("🇩🇪🇫🇷", 2), ("a\r\nb", 3)])
def test_bluesky_counts_what_people_see_as_one_character(text, length):
    assert count(text, "graphemes") == length


@pytest.mark.parametrize("network", networks(), ids=lambda network: network.key)
def test_a_limit_is_met_exactly_when_the_text_fills_it(network):
    used_by_link = measure("", LINK, network).length
    separator = 1 if used_by_link else 0
    longest = "x" * (network.limit - used_by_link - separator)
    assert measure(longest, LINK, network).fits
    assert measure(longest, LINK, network).left == 0
    assert not measure(longest + "x", LINK, network).fits


@pytest.mark.parametrize(
    "server", [None, "", "a b", "evil.example/x?", "user@host.example", "http://x.example", "[::1", "x" * 300]
)
def test_a_server_is_refused_when_it_is_no_plain_host_name(server):
    with pytest.raises(Invalid):
        normal_server(server, find_network("mastodon"))


def test_a_server_is_put_into_one_spelling():
    assert normal_server(" https://Bücher.example/ ", find_network("mastodon")) == "xn--bcher-kva.example"
    assert normal_server("ignored", find_network("x")) is None


def test_a_post_is_refused_when_it_is_on_another_network():
    assert checked_post_url(find_network("linkedin"), "https://www.linkedin.com/posts/abc") == (
        "https://www.linkedin.com/posts/abc"
    )
    for address in ("https://linkedin.com.evil.example/posts/1", "javascript:alert(1)", "https://x.com/a/status/1"):
        with pytest.raises(Invalid):
            checked_post_url(find_network("linkedin"), address)
    assert checked_post_url(find_network("mastodon"), "https://mastodon.example/@a/1")
