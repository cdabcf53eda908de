"""Where tracked links lead."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocacy.content.destinations import LONGEST_DESTINATION
from advocacy.foundation.errors import Conflict
from advocacy.foundation.web_addresses import LONGEST_URL
from advocacy.sharing.codes import ALPHABET, new_code
from advocacy.sharing.destinations import AllowedHosts, tracked_destination
from advocacy.sharing.limits import LONGEST_CAMPAIGN
from advocacy.sharing.qr_codes import CHANNEL
from config.networks import networks

HOSTS = AllowedHosts.of([("www.meridian.example", False), ("jobs.meridian.example", True)])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://www.meridian.example/",
            "https://www.meridian.example/?utm_source=x&utm_medium=employee-advocacy&utm_campaign=c",
        ),
        (
            "https://www.meridian.example/a?b=1#top",
            "https://www.meridian.example/a?b=1&utm_source=x&utm_medium=employee-advocacy&utm_campaign=c#top",
        ),
        (
            "https://www.meridian.example/?UTM_Source=own&utm_medium=",
            "https://www.meridian.example/?UTM_Source=own&utm_medium=&utm_campaign=c",
        ),
    ],
)
def test_campaign_parameters_are_added_and_never_overwrite(url: str, expected: str) -> None:
    assert tracked_destination(url, source="x", campaign="c") == expected


def test_the_longest_destination_has_room_for_every_network_and_campaign() -> None:
    longest = "https://www.meridian.example/?a=".ljust(LONGEST_DESTINATION, "b")
    campaign = "c" * LONGEST_CAMPAIGN + "-0a1b2c"
    for source in (*(network.key for network in networks()), CHANNEL):
        assert "utm_campaign" in tracked_destination(longest, source=source, campaign=campaign)


def test_a_longer_destination_of_an_older_item_is_still_followed() -> None:
    older = "https://www.meridian.example/".ljust(LONGEST_URL - 20, "a")
    tracked = tracked_destination(older, source="x", campaign="c")
    assert tracked == older
    assert HOSTS.allows(tracked)
    with pytest.raises(Conflict, match="Ask those who made it"):
        tracked_destination("https://www.meridian.example/" + "%E4" * 700, source="x", campaign="c")


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_campaign_name_arrives_unchanged_and_changes_nothing_else(source: str, campaign: str, content: str) -> None:
    names = [value.encode("utf-8", "ignore").decode() for value in (source, campaign, content)]
    url = tracked_destination(
        "https://www.meridian.example/a?b=%26#c", source=names[0], campaign=names[1], content=names[2]
    )
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("https", "www.meridian.example", "/a", "c")
    wanted = dict(zip(("utm_source", "utm_campaign", "utm_content"), names, strict=True))
    added = {name: value for name, value in wanted.items() if value}
    assert dict(parse_qsl(parts.query, strict_parsing=True)) == {"b": "&", "utm_medium": "employee-advocacy", **added}


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://www.meridian.example/a", True),
        ("https://WWW.meridian.example:8443/a", True),
        ("https://eu.jobs.meridian.example/", True),
        ("https://sub.www.meridian.example/", False),
        ("https://evil.example/www.meridian.example", False),
        ("https://www.meridian.example.evil.example/", False),
        ("https://www.meridian.example@evil.example/", False),
        ("https://evil.example\\@www.meridian.example/", False),
        ("https:www.meridian.example/", False),
        ("//www.meridian.example/", False),
        ("javascript:alert(1)//www.meridian.example", False),
        ("https://www.meridian.example\t/", False),
        ("https://www\u3002meridian\u3002example/", True),  # the full stop other scripts use is one
        ("", False),
    ],
)
def test_only_well_formed_addresses_on_listed_hosts_are_followed(url: str, is_allowed: bool) -> None:
    assert HOSTS.allows(url) is is_allowed


def test_codes_are_long_random_and_plain() -> None:
    codes = [new_code() for _ in range(5_000)]
    assert len(set(codes)) == len(codes)
    assert all(len(code) >= 9 and set(code) <= set(ALPHABET) for code in codes)
    counts = [sum(code.count(character) for code in codes) for character in ALPHABET]
    expected = 9 * len(codes) / len(ALPHABET)
    chi_squared = sum((count - expected) ** 2 / expected for count in counts)
    assert chi_squared < 150  # 61 degrees of freedom: about one in a thousand million


def test_a_code_that_could_be_found_by_trying_is_refused() -> None:
    with pytest.raises(ValueError, match="found by trying"):
        new_code(8)
