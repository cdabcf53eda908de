"""What the other side may do to us: little, and not for long. Against real servers on the loopback."""

import datetime as dt
import gzip
import socket
import ssl
import threading
import time
import zlib

import pytest

from advocacy.foundation.egress import EgressPolicy, EgressProblem, Fetched, Refusal, fetch
from advocacy.foundation.egress.problems import sentence
from config.inside import parse_inside
from tests.support.sites import Site, answer, running_site

MOST = 100_000
LONG = 30.0  # seconds: more than a busy machine needs for anything that is not meant to be slow


def get(site: Site, path: str = "/", **options) -> Fetched:
    settings = {"policy": site.policy, "types": ["text/html"], "most_bytes": MOST, "seconds": LONG} | options
    return fetch(site.url(path), **settings)


def refusal_of(site: Site, path: str = "/", **options) -> Refusal:
    with pytest.raises(EgressProblem) as refused:
        get(site, path, **options)
    return refused.value.refusal


def test_a_page_is_fetched_with_nothing_of_ours_but_a_name(site, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    site.pages["/a?b=c"] = answer("<p>Grüße", Set_Cookie="id=1")
    found = get(site, "/a?b=c#part")
    assert (found.status, found.content_type, found.content.decode()) == (200, "text/html", "<p>Grüße")
    assert found.permanent_url is None
    get(site, "/a?b=c")
    for asked in site.asked:
        assert asked.method == "GET"
        assert set(asked.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert asked.headers["host"] == f"127.0.0.1:{site.port}"


def test_a_name_is_resolved_once_and_the_checked_address_opened(site):
    """A name that changes its answer between the check and the connection finds no gap between the two."""
    site.pages["/"] = answer("inside")
    asked = []

    def rebinding(host, _port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) > 1 else ["93.184.215.14"]

    connected = []
    original = socket.create_connection

    def watched(address, *args, **kwargs):
        connected.append(address)
        if address[0] != "127.0.0.1":
            raise ConnectionRefusedError
        return original(address, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "create_connection", watched)
        with pytest.raises(EgressProblem) as refused:
            fetch(
                "http://rebind.example/",
                policy=EgressPolicy(),
                types=["text/html"],
                most_bytes=MOST,
                resolver=rebinding,
            )
    assert refused.value.refusal is Refusal.UNREACHABLE
    assert asked == ["rebind.example"]
    assert connected == [("93.184.215.14", 80)]


def test_each_hop_resolves_and_is_checked_anew(site):
    site.pages["/"] = answer(status=302, Location=f"http://rebind.example:{site.port}/next")
    answers = iter([["10.0.0.7"]])
    policy = EgressPolicy(site.inside)
    with pytest.raises(EgressProblem) as refused:
        fetch(site.url(), policy=policy, types=["text/html"], most_bytes=MOST, resolver=lambda *_: next(answers))
    assert refused.value.refusal is Refusal.NOT_PUBLIC
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("location", "refusal"),
    [
        ("http://169.254.169.254/latest/meta-data/", Refusal.NOT_PUBLIC),
        ("http://127.0.0.1/", Refusal.NOT_PUBLIC),
        ("http://[::1]/", Refusal.NOT_PUBLIC),
        ("//10.0.0.1/", Refusal.NOT_PUBLIC),
        ("http://127.1/", Refusal.NOT_AN_ADDRESS),
        ("http://127.0.0.1:22/", Refusal.PORT),
        ("file:///etc/passwd", Refusal.NOT_AN_ADDRESS),
        ("ftp://site.example/", Refusal.NOT_AN_ADDRESS),
        ("gopher://site.example/", Refusal.NOT_AN_ADDRESS),
        ("javascript:alert(1)", Refusal.NOT_AN_ADDRESS),
        ("http://me:secret@site.example/", Refusal.NOT_AN_ADDRESS),
        ("http://[::1", Refusal.NOT_AN_ADDRESS),
    ],
)
def test_a_redirect_opens_nothing_that_a_link_does_not(site, location, refusal):
    site.pages["/"] = answer(status=301, Location=location)
    assert refusal_of(site) is refusal


def test_redirects_are_followed_and_told_apart(site):
    site.pages |= {
        "/old": answer(status=301, Location="/moved"),
        "/moved": answer(status=308, Location="today?x=1"),
        "/today?x=1": answer(status=302, Location="/seite/gr%C3%BC%C3%9Fe"),
        "/seite/gr%C3%BC%C3%9Fe": answer("here"),
    }
    found = get(site, "/old")
    assert found.content == b"here"
    assert found.url == site.url("/seite/gr%C3%BC%C3%9Fe")
    assert found.permanent_url == site.url("/today?x=1")  # from there on it is only for now
    assert get(site, "/today?x=1").permanent_url is None


def test_an_unescaped_location_is_read_as_utf_8(site):
    site.pages["/"] = answer(status=302).replace(b"Content-Type", "Location: /grüße hier\r\nContent-Type".encode())
    site.pages["/gr%C3%BC%C3%9Fe%20hier"] = answer("found")
    assert get(site).content == b"found"


def test_redirects_end(site):
    site.pages["/"] = answer(status=302, Location="/")
    assert refusal_of(site) is Refusal.TOO_MANY_REDIRECTS
    assert len(site.asked) == 5


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (401, Refusal.NEEDS_SIGN_IN),
        (403, Refusal.NEEDS_SIGN_IN),
        (404, Refusal.NOT_THERE),
        (410, Refusal.GONE),
        (418, Refusal.NOT_THERE),
        (429, Refusal.ASKED_TO_WAIT),
        (500, Refusal.SITE_ERROR),
        (503, Refusal.ASKED_TO_WAIT),
        (300, Refusal.NOT_THERE),
        (302, Refusal.NOT_THERE),  # without saying where to
    ],
)
def test_a_refusal_keeps_what_the_site_said(site, status, refusal):
    site.pages["/"] = answer("no", status=status, Retry_After="120")
    with pytest.raises(EgressProblem) as refused:
        get(site)
    assert (refused.value.refusal, refused.value.status, refused.value.retry_after) == (refusal, status, "120")


def test_nothing_new_needs_no_type(site):
    site.pages["/"] = answer(kind="", status=304, ETag='"b"')
    found = get(site, headers={"If-None-Match": '"a"'})
    assert (found.status, found.content) == (304, b"")
    assert site.asked[0].headers["if-none-match"] == '"a"'


@pytest.mark.parametrize("kind", ["application/octet-stream", "video/mp4", "", "text/htmlx", "image/png"])
def test_a_body_of_another_kind_is_not_read(site, kind):
    site.pages["/"] = answer(b"x" * 1_000, kind=kind)
    assert refusal_of(site) is Refusal.WRONG_TYPE


def test_a_family_of_types_may_be_wanted(site):
    site.pages["/"] = answer(b"x", kind="Image/PNG; q=1")
    assert get(site, types=["image/*"]).content_type == "image/png"


def test_a_large_body_is_left_in_the_middle(site):
    site.pages["/told"] = answer(b"x" * (MOST + 1))
    assert refusal_of(site, "/told") is Refusal.TOO_LARGE
    site.pages["/exact"] = answer(b"x" * MOST)
    assert len(get(site, "/exact").content) == MOST


def test_an_endless_body_is_left(site):
    sent = []

    def pour(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
            sent.append(0x4000)

    site.pages["/"] = pour
    began = time.monotonic()
    assert refusal_of(site) is Refusal.TOO_LARGE
    assert time.monotonic() - began < LONG / 2
    assert sum(sent) < 20_000_000  # what fits into socket buffers, and no more


def test_endless_headers_are_left(site):
    def pour(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-More: " + b"x" * 1_000 + b"\r\n")

    site.pages["/"] = pour
    assert refusal_of(site) in {Refusal.TOO_LARGE, Refusal.BROKEN_ANSWER}


def test_endless_interim_answers_are_left(site):
    def pour(connection):
        while True:
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")

    site.pages["/"] = pour
    assert refusal_of(site) is Refusal.TOO_LARGE


@pytest.mark.parametrize("dripped", [b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 9_999, b""])
def test_a_server_that_drips_is_left_at_the_deadline(site, dripped):
    def drip(connection):
        head = b"" if dripped else b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        connection.sendall(head)
        for byte in dripped or b"x" * 9_999:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    site.pages["/"] = drip
    began = time.monotonic()
    assert refusal_of(site, seconds=0.4) is Refusal.TOO_SLOW
    assert time.monotonic() - began < LONG / 2  # it would go on for minutes, and is never silent for long


def test_a_silent_server_and_a_silent_resolver_are_left_at_the_deadline(site):
    over = threading.Event()
    site.pages["/"] = lambda _connection: over.wait(LONG)
    try:
        assert refusal_of(site, seconds=0.3) is Refusal.TOO_SLOW
        with pytest.raises(EgressProblem) as refused:
            fetch(
                "http://site.example/",
                policy=EgressPolicy(),
                types=["text/html"],
                most_bytes=MOST,
                seconds=0.2,
                resolver=lambda *_: over.wait(LONG) and ["93.184.215.14"],
            )
        assert refused.value.refusal is Refusal.TOO_SLOW
    finally:
        over.set()


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda raw: zlib.compress(raw)[2:-4]),
        ("GZIP", gzip.compress),
        ("identity", lambda raw: raw),
    ],
)
def test_a_packed_body_is_unpacked(site, coding, pack):
    text = b"<title>words and more words</title>" * 50
    site.pages["/"] = answer(pack(text), Content_Encoding=coding)
    assert get(site).content == text


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_left_when_it_has_grown_too_large(site, coding):
    pack = gzip.compress if coding == "gzip" else zlib.compress
    bomb = pack(b"\0" * 20_000_000)
    assert len(bomb) < MOST
    site.pages["/"] = answer(bomb, Content_Encoding=coding)
    began = time.thread_time()  # what others do on this machine meanwhile does not count
    assert refusal_of(site) is Refusal.TOO_LARGE
    assert time.thread_time() - began < 1


@pytest.mark.parametrize(
    "headers", [{"Content_Encoding": "br"}, {"Content_Encoding": "gzip, gzip"}, {"Content_Encoding": "gzip"}]
)
def test_packing_we_did_not_ask_for_or_that_is_broken_is_refused(site, headers):
    site.pages["/"] = answer(b"not packed at all", **headers)
    assert refusal_of(site) is Refusal.BROKEN_ANSWER


def test_a_torn_answer_is_refused(site):
    site.pages["/short"] = answer(b"x" * 10).replace(b"Content-Length: 10", b"Content-Length: 99")
    site.pages["/torn"] = answer(gzip.compress(b"x" * 5_000)[:-12], Content_Encoding="gzip")
    site.pages["/noise"] = b"\x00\x01\x02 not http\r\n\r\n"
    site.pages["/none"] = b""
    for path in site.pages:
        assert refusal_of(site, path) is Refusal.BROKEN_ANSWER, path


def test_a_closed_port_is_unreachable():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        with pytest.raises(EgressProblem) as refused:
            fetch(
                f"http://127.0.0.1:{port}/",
                policy=EgressPolicy(parse_inside(f"127.0.0.1:{port}")),
                types=["text/html"],
                most_bytes=MOST,
            )
    assert refused.value.refusal is Refusal.UNREACHABLE


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path):
    with running_site(_self_signed(tmp_path)) as site:
        site.pages["/"] = answer("secret")
        assert refusal_of(site) is Refusal.NOT_SECURE
        assert site.asked == []


def _self_signed(folder) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "site.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_every_refusal_has_one_clear_sentence():
    sentences = [sentence(refusal) for refusal in Refusal]
    assert len(set(sentences)) == len(sentences)
    assert all(text.endswith(".") for text in sentences)
