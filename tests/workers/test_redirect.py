"""The redirect as a real process over real sockets."""

import re
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine

from advocacy.activity.kinds import ClickFlag
from advocacy.foundation import db
from advocacy.sharing.clicks import journal
from tests.factories.content import make_item
from tests.support.redirects import BROWSER, RunningRedirect, redirecting, start_redirect
from workers.redirect.server import POLL_SECONDS

pytestmark = pytest.mark.usefixtures("committed_database")
LINKEDIN_BOT = "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)"


@pytest.fixture
def database(committed_database: Engine, owner_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("INSERT INTO allowed_host VALUES ('www.meridian.example', false, now(), NULL)")
        connection.execute(
            "INSERT INTO click_salt SELECT current_date + d, sha256('a'), now() FROM generate_series(0, 1) AS d"
        )
        yield connection


def add_link(database: psycopg.Connection, code: str, destination: str, **columns: object) -> int:
    names = ["id", "code", "destination", "created_at", *columns]
    values = ["gen_random_uuid()", "%s", "%s", "now()", *["%s"] * len(columns)]
    row = database.execute(
        f"INSERT INTO link ({', '.join(names)}) VALUES ({', '.join(values)}) RETURNING key",
        [code, destination, *columns.values()],
    ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def redirect(database: psycopg.Connection, environment: dict[str, str], tmp_path: Path) -> Iterator[RunningRedirect]:
    add_link(database, "Abc123xyZ", "https://www.meridian.example/story?utm_source=linkedin#top")
    with redirecting(environment, tmp_path) as running:
        yield running


def test_a_host_of_short_links_needs_no_key_and_no_other_role(
    database: psycopg.Connection, environment: dict[str, str], tmp_path: Path
) -> None:
    add_link(database, "Abc123xyZ", "https://www.meridian.example/story")
    given = ("ADVOCACY_ENV", "ADVOCACY_HOME", "DATABASE_REDIRECT_URL")
    with redirecting({name: environment[name] for name in given}, tmp_path) as running:
        assert running.get("/Abc123xyZ")[0] == 302


def on_disk(folder: Path) -> list[journal.Click]:
    """Return the clicks on this disk, sealed or not."""
    found = []
    for path in folder.rglob("*"):
        if path.suffix in {".part", ".sealed"}:
            with suppress(FileNotFoundError):  # it was sealed or sent just now
                found += clicks_in(path.read_bytes())
    return found


def shipped(database: psycopg.Connection) -> list[journal.Click]:
    return [
        click for (body,) in database.execute("SELECT body FROM click_segment").fetchall() for click in clicks_in(body)
    ]


def recorded(redirect: RunningRedirect, database: psycopg.Connection) -> list[journal.Click]:
    """Return all clicks kept so far, in order of time, wherever they are by now."""
    found = {click.event_id: click for click in [*on_disk(redirect.journal), *shipped(database)]}
    return sorted(found.values(), key=lambda click: click.occurred_us)


def clicks_in(body: bytes) -> list[journal.Click]:
    return journal.read(bytes(body), no_key_flag=ClickFlag.NO_VISITOR_KEY).clicks


def wait_for(condition: object, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.05)
    raise AssertionError("It did not happen in time.")


def test_a_known_link_leads_to_its_destination_and_is_on_disk_before_the_answer(
    redirect: RunningRedirect, database: psycopg.Connection
) -> None:
    status, headers, body = redirect.get("/Abc123xyZ?anything=else", Referer="https://lnkd.example/feed/?x=1")
    kept = recorded(redirect, database)
    assert status == 302
    assert headers["Location"] == "https://www.meridian.example/story?utm_source=linkedin#top"
    assert headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in headers
    assert body == b""
    assert [str(click.event_id) for click in kept] == [headers["X-Event-Id"]]
    assert kept[0].referrer == b"lnkd.example"
    assert kept[0].agent == BROWSER.encode()
    assert UUID(headers["X-Event-Id"]).version == 7


def test_the_raw_address_reaches_no_disk(redirect: RunningRedirect, database: psycopg.Connection) -> None:
    redirect.get("/Abc123xyZ", address="203.0.113.77")
    written = b"".join(path.read_bytes() for path in redirect.journal.rglob("*") if path.is_file())
    assert b"203.0.113" not in written
    assert bytes([203, 0, 113, 77]) not in written
    assert b"203.0.113" not in redirect.log.read_bytes()


def test_visitors_share_a_key_only_within_network_and_agent(
    redirect: RunningRedirect, database: psycopg.Connection
) -> None:
    for address, agent in (
        ("203.0.113.77", BROWSER),
        ("203.0.113.78", BROWSER),
        ("203.0.114.77", BROWSER),
        ("203.0.113.77", "Other"),
    ):
        redirect.get("/Abc123xyZ", address=address, agent=agent)
    first, same, other_network, other_agent = [click.visitor_key for click in recorded(redirect, database)]
    assert first == same
    assert len({first, other_network, other_agent}) == 3


def test_a_forged_forwarding_chain_is_not_believed(redirect: RunningRedirect, database: psycopg.Connection) -> None:
    redirect.get("/Abc123xyZ", address="198.51.100.1, 203.0.113.77")
    redirect.get("/Abc123xyZ", address="203.0.113.77")
    forged, honest = [click.visitor_key for click in recorded(redirect, database)]
    assert forged == honest


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS"])
def test_other_methods_are_refused(redirect: RunningRedirect, database: psycopg.Connection, method: str) -> None:
    status, headers, _ = redirect.get("/Abc123xyZ", method=method)
    assert status == 405
    assert headers["Allow"] == "GET, HEAD"
    assert recorded(redirect, database) == []


def test_head_and_prefetch_are_recorded_with_their_flags(
    redirect: RunningRedirect, database: psycopg.Connection
) -> None:
    assert redirect.get("/Abc123xyZ", method="HEAD")[0] == 302
    assert redirect.get("/Abc123xyZ", Sec_Purpose="prefetch;prerender")[0] == 302
    head, prefetch = [click.flags for click in recorded(redirect, database)]
    assert head & ClickFlag.HEAD
    assert prefetch & ClickFlag.PREFETCH


def test_an_unknown_code_is_not_found_and_nothing_is_recorded(
    redirect: RunningRedirect, database: psycopg.Connection
) -> None:
    status, _, body = redirect.get("/doesNotXist")
    assert status == 404
    assert b"We do not know this link" in body
    assert recorded(redirect, database) == []


def test_a_network_that_tries_codes_is_stopped_also_for_links_that_exist(redirect: RunningRedirect) -> None:
    answers = [redirect.get(f"/missing{number:04}", address="198.51.100.9")[0] for number in range(31)]
    assert answers == [404] * 30 + [429]
    assert redirect.get("/Abc123xyZ", address="198.51.100.200")[0] == 429
    assert redirect.get("/Abc123xyZ", address="203.0.113.5")[0] == 302


def test_a_new_link_works_at_once_and_a_revoked_one_stops_within_two_seconds(
    redirect: RunningRedirect, database: psycopg.Connection
) -> None:
    add_link(database, "NewLink01", "https://www.meridian.example/new")
    assert redirect.get("/NewLink01")[0] == 302
    database.execute("UPDATE link SET revoked_at = now() WHERE code = 'NewLink01'")
    assert POLL_SECONDS <= 1.0, "with the question itself it is less than two"
    wait_for(lambda: redirect.get("/NewLink01")[0] == 410)
    assert b"no longer in use" in redirect.get("/NewLink01")[2]


def test_a_host_taken_off_the_list_is_no_longer_followed(
    redirect: RunningRedirect, database: psycopg.Connection
) -> None:
    assert redirect.get("/Abc123xyZ")[0] == 302
    database.execute("DELETE FROM allowed_host")
    wait_for(lambda: redirect.get("/Abc123xyZ")[0] == 403)
    status, headers, body = redirect.get("/Abc123xyZ")
    assert status == 403
    assert "Location" not in headers
    assert b"meridian.example" not in body


@pytest.mark.parametrize(
    "destination",
    [
        "https://evil.example/",
        "https://www.meridian.example@evil.example/",
        "https://www.meridian.example\\@evil.example/",
        "https://www.meridian.example.evil.example/",
        "https://www.meridian.example\r\nSet-Cookie: a=b",
    ],
)
def test_a_destination_that_slipped_into_the_table_is_not_followed(
    redirect: RunningRedirect, database: psycopg.Connection, destination: str
) -> None:
    add_link(database, "Slipped01", destination)
    status, headers, _ = redirect.get("/Slipped01")
    assert status == 403
    assert not {"Location", "Set-Cookie"} & set(headers)


def test_a_preview_bot_gets_an_escaped_page_and_is_recorded(
    redirect: RunningRedirect, database: psycopg.Connection
) -> None:
    with db.unit_of_work():
        version_id = make_item().current_version_id
    preview = database.execute(
        "INSERT INTO link_preview (version_id, language, title, summary, image_url) VALUES "
        "(%s, 'de', %s, 'Über \"uns\"', 'https://img.meridian.example/a.jpg') RETURNING key",
        [version_id, "<script>alert(1)</script>"],
    ).fetchone()
    assert preview is not None
    add_link(database, "Preview01", "https://www.meridian.example/p", preview_key=preview[0])
    status, headers, body = redirect.get("/Preview01", agent=LINKEDIN_BOT)
    page = body.decode()
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<meta property="og:title" content="&lt;script&gt;alert(1)&lt;/script&gt;">' in page
    assert 'content="Über &quot;uns&quot;"' in page
    assert "<script" not in page
    assert '<html lang="de">' in page
    assert redirect.get("/Preview01", agent=BROWSER)[0] == 302
    assert [bool(click.flags & ClickFlag.PREVIEW_PAGE) for click in recorded(redirect, database)] == [True, False]


def test_clicks_from_internal_ranges_are_marked(
    database: psycopg.Connection, environment: dict[str, str], tmp_path: Path
) -> None:
    database.execute("INSERT INTO internal_range VALUES ('192.0.2.0/24', NULL), ('2001:db8::/32', NULL)")
    add_link(database, "Abc123xyZ", "https://www.meridian.example/")
    with redirecting(environment, tmp_path) as running:
        for address in ("192.0.2.7", "2001:db8::7", "203.0.113.7", "::ffff:192.0.2.9"):
            running.get("/Abc123xyZ", address=address)
        flags = [bool(click.flags & ClickFlag.INTERNAL_ADDRESS) for click in recorded(running, database)]
    assert flags == [True, True, False, True]


def test_pipelined_requests_are_answered_in_order(redirect: RunningRedirect) -> None:
    with socket.create_connection(("127.0.0.1", redirect.port), timeout=60) as client:
        one = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
        client.sendall(one % b"Abc123xyZ" + one % b"livez" + one % b"nothere99" + one % b"Abc123xyZ")
        received = b""
        while received.count(b"HTTP/1.1") < 4 or not received.endswith(b"\r\n\r\n"):
            received += client.recv(65_536)
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [
        b"302",
        b"200",
        b"404",
        b"302",
    ]


def test_clients_that_leave_do_not_hold_up_the_others(redirect: RunningRedirect) -> None:
    redirect.get("/Abc123xyZ")
    for _ in range(200):
        client = socket.create_connection(("127.0.0.1", redirect.port), timeout=60)
        client.sendall(b"GET /Abc123xyZ HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # leaves with a reset
        client.close()
    assert redirect.get("/Abc123xyZ")[0] == 302


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"431"),
        (b"GET /a HTTP/1.1\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /a HTTP/1.1\r\nX-A: " + b"b" * 20_000, b"431"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
    ],
)
def test_hostile_requests_are_refused_and_the_connection_closed(
    redirect: RunningRedirect, sent: bytes, status: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", redirect.port), timeout=60) as client:
        client.sendall(sent)
        received = b""
        while chunk := client.recv(65_536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 " + status)
    assert redirect.get("/livez")[0] == 200


def test_segments_reach_the_database_and_leave_the_disk(
    redirect: RunningRedirect, database: psycopg.Connection
) -> None:
    events = {redirect.get("/Abc123xyZ")[1]["X-Event-Id"] for _ in range(5)}
    wait_for(lambda: {str(click.event_id) for click in shipped(database)} == events)
    wait_for(lambda: on_disk(redirect.journal) == [])


def test_a_stopped_process_ships_what_it_has_and_leaves_no_folder(
    redirect: RunningRedirect, database: psycopg.Connection
) -> None:
    event = redirect.get("/Abc123xyZ")[1]["X-Event-Id"]
    assert redirect.stop() == 0
    assert [str(click.event_id) for click in shipped(database)] == [event]
    assert list(redirect.journal.iterdir()) == []


def test_what_a_killed_process_left_is_taken_over_and_its_torn_tail_cut(
    redirect: RunningRedirect, database: psycopg.Connection, environment: dict[str, str], tmp_path: Path
) -> None:
    event = redirect.get("/Abc123xyZ")[1]["X-Event-Id"]
    redirect.kill()
    (part,) = redirect.journal.rglob("*.part")
    with part.open("ab") as file:
        file.write(part.read_bytes()[len(journal.MAGIC) :][:-3])
    next_one = start_redirect({**environment, "ADVOCACY_JOURNAL": str(redirect.journal)}, tmp_path)
    try:
        wait_for(lambda: [str(click.event_id) for click in shipped(database)] == [event])
    finally:
        next_one.kill()
    torn = database.execute("SELECT torn_bytes FROM click_segment").fetchone()
    assert torn is not None
    assert torn[0] > 0


def test_a_full_disk_stops_no_visitor_and_later_clicks_are_kept(
    redirect: RunningRedirect, database: psycopg.Connection
) -> None:
    first = redirect.get("/Abc123xyZ")[1]["X-Event-Id"]
    resource.prlimit(redirect.process.pid, resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
    answers = [redirect.get("/Abc123xyZ") for _ in range(5)]
    assert [status for status, _, _ in answers] == [302] * 5
    resource.prlimit(redirect.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    last = redirect.get("/Abc123xyZ")[1]["X-Event-Id"]
    wait_for(lambda: {first, last} <= {str(click.event_id) for click in shipped(database)})
    lost = {headers["X-Event-Id"] for _, headers, _ in answers}
    assert not lost & {str(click.event_id) for click in shipped(database)}
