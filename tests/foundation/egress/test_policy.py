"""No way of writing an address opens what is not public."""

import ipaddress
import socket

import pytest

from advocacy.foundation.egress import EgressPolicy, EgressProblem, Refusal, fetch
from advocacy.foundation.egress.policy import is_public
from config.inside import parse_inside

CLOSED = [
    # loopback, this network, private, link-local, shared
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "168.63.129.16",
    # protocols, documentation, benchmarks, multicast, reserved, broadcast
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    # IPv6 of the same kinds
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    # IPv4 in the clothes of IPv6
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
]


@pytest.mark.parametrize("text", CLOSED)
def test_an_address_that_is_not_public_is_closed(text):
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_a_public_address_is_open_on_web_ports_only(text):
    address = ipaddress.ip_address(text)
    assert EgressPolicy().allows("site.example", address, 443)
    assert EgressPolicy().allows("site.example", address, 80)
    for port in (21, 22, 25, 3306, 5432, 6379, 8080, 8443, 11211):
        assert not EgressPolicy().allows("site.example", address, port)


# Every way to write a loopback, private or metadata address that some reader of addresses accepts.
WRITTEN = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://0/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25lo]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    # letters and dots that are mapped to plain ones
    "http://①②⑦.⓪.⓪.①/",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://127｡0｡0｡1/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://localhost.localdomain/",
]


@pytest.mark.parametrize("url", WRITTEN)
def test_no_spelling_reaches_inside(url, monkeypatch):
    connected = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_kwargs: connected.append(args))
    monkeypatch.setattr(socket, "getaddrinfo", _loopback_for_every_name)
    with pytest.raises(EgressProblem) as refused:
        fetch(url, policy=EgressPolicy(), types=["text/html"], most_bytes=1_000)
    assert refused.value.refusal in {Refusal.NOT_AN_ADDRESS, Refusal.NOT_PUBLIC}
    assert connected == []


def _loopback_for_every_name(_host, port, **_options):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("ftp://site.example/", Refusal.NOT_AN_ADDRESS),
        ("file:///etc/passwd", Refusal.NOT_AN_ADDRESS),
        ("gopher://site.example/", Refusal.NOT_AN_ADDRESS),
        ("dict://site.example:11211/", Refusal.NOT_AN_ADDRESS),
        ("data:text/html,x", Refusal.NOT_AN_ADDRESS),
        ("javascript:alert(1)", Refusal.NOT_AN_ADDRESS),
        ("jar:http://site.example!/", Refusal.NOT_AN_ADDRESS),
        ("//site.example/", Refusal.NOT_AN_ADDRESS),
        ("site.example", Refusal.NOT_AN_ADDRESS),
        ("http://me:secret@site.example/", Refusal.NOT_AN_ADDRESS),
        ("http://me@site.example/", Refusal.NOT_AN_ADDRESS),
        ("http://good.example\\@evil.example/", Refusal.NOT_AN_ADDRESS),
        ("http://site.example\r\nHost: evil.example/", Refusal.NOT_AN_ADDRESS),
        ("http://site.example:22/", Refusal.PORT),
        ("http://site.example:6379/", Refusal.PORT),
        ("https://site.example:8443/", Refusal.PORT),
        ("http://site.example:0/", Refusal.NOT_AN_ADDRESS),
    ],
)
def test_only_plain_web_addresses_on_web_ports_are_opened(url, refusal):
    with pytest.raises(EgressProblem) as refused:
        fetch(url, policy=EgressPolicy(), types=["text/html"], most_bytes=1_000, resolver=_never)
    assert refused.value.refusal is refusal


def _never(host, _port):
    raise AssertionError(f"{host} was looked up")


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        (["127.0.0.1"], Refusal.NOT_PUBLIC),
        (["93.184.215.14", "10.0.0.1"], Refusal.NOT_PUBLIC),
        (["2606:4700::1111", "::ffff:127.0.0.1"], Refusal.NOT_PUBLIC),
        (["fe80::1%eth0"], Refusal.NOT_PUBLIC),
        (["64:ff9b::a9fe:a9fe"], Refusal.NOT_PUBLIC),
        (["not an address"], Refusal.NOT_PUBLIC),
        ([], Refusal.NAME_UNKNOWN),
    ],
)
def test_one_closed_address_closes_the_name(answers, refusal, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *_args, **_kwargs: pytest.fail("connected"))
    with pytest.raises(EgressProblem) as refused:
        fetch(
            "https://site.example/",
            policy=EgressPolicy(),
            types=["text/html"],
            most_bytes=1_000,
            resolver=lambda _host, _port: answers,
        )
    assert refused.value.refusal is refusal


def test_what_the_deployment_lets_in_is_exact():
    policy = EgressPolicy(parse_inside("10.2.0.0/16, wiki.internal, 10.9.0.7:8443, [fd00::]/8, [fd01::1]:8080"))
    allowed = [
        ("any.example", "10.2.3.4", 80),
        ("wiki.internal", "192.168.7.7", 443),
        ("any.example", "10.9.0.7", 8443),
        ("any.example", "fd12::1", 443),
        ("any.example", "fd01::1", 8080),
    ]
    closed = [
        ("any.example", "10.3.0.1", 80),
        ("any.example", "10.2.3.4", 8443),
        ("other.internal", "192.168.7.7", 443),
        ("wiki.internal.evil.example", "192.168.7.7", 443),
        ("any.example", "10.9.0.7", 443),
        ("any.example", "10.9.0.8", 8443),
        ("wiki.internal", "169.254.169.254", 80),
        ("wiki.internal", "0.0.0.0", 80),
        ("wiki.internal", "fe80::1", 80),
    ]
    for host, address, port in allowed:
        assert policy.allows(host, ipaddress.ip_address(address), port), (host, address, port)
    for host, address, port in closed:
        assert not policy.allows(host, ipaddress.ip_address(address), port), (host, address, port)


@pytest.mark.parametrize("entries", ["10.0.0.1/8", "10.0.0.0/33", "wiki_internal!", "10.0.0.1:0", "host:99999", "a b"])
def test_an_entry_that_cannot_be_read_is_refused(entries):
    with pytest.raises(ValueError):
        parse_inside(entries)
