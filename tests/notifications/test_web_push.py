"""Pushes to a push service of our own on loopback, which opens what it is given as a browser would."""

import base64
import http.server
import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import http_ece
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from advocacy.content import announcing
from advocacy.content import service as content
from advocacy.foundation import preferences
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.db import unit_of_work
from advocacy.foundation.errors import Conflict, Invalid, NotFound
from advocacy.notifications import queries, service
from advocacy.notifications.models import AnnouncementState, Message, MessageState, PushSubscription
from advocacy.notifications.senders import web_push
from advocacy.notifications.service import announcing as telling
from advocacy.notifications.service import push_sending
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from config.settings import Settings
from tests.factories.content import make_actor, make_live_item
from tests.factories.notifications import choose
from tests.factories.people import actor_for, make_advocate
from tests.factories.sharing import make_plan
from tests.support.html import checked_page
from workers import notifications as work
from workers import sharing as sharing_work

NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)


def text_of(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """What a browser keeps to itself."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"

    @property
    def p256dh(self):
        return text_of(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def open(self, body):
        plain = http_ece.decrypt(body, private_key=self.private, auth_secret=self.auth, version="aes128gcm")
        return json.loads(plain)


@dataclass
class Service:
    """A push service: keeps what came, answers what the test put in, else 201. `close` takes it off the net."""

    url: str = ""
    came: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    close: Callable[[], None] = lambda: None


@contextmanager
def push_service(environment):
    found = Service()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.came.append((self.path, dict(self.headers), body))
            status = found.answers.pop(0) if found.answers else 201
            if status in {"drop", "reset"}:
                if status == "reset":
                    # No linger: the other side gets a reset instead of an end.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            status, asked = status if isinstance(status, tuple) else (status, None)
            self.send_response(status)
            if asked is not None:
                self.send_header("Retry-After", asked)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    found.url = f"http://127.0.0.1:{port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def close():
        server.shutdown()
        server.server_close()

    found.close = close
    before = preferences.deployment()
    inside = {"ADVOCACY_EGRESS_INSIDE": f"127.0.0.1:{port}", "ADVOCACY_PUSH_HOSTS": "127.0.0.1"}
    try:
        preferences.init(Settings.from_env({**environment, **inside}))
        yield found
    finally:
        preferences.init(before)
        close()


@pytest.fixture
def pushes(session, environment):
    with push_service(environment) as found:
        yield found


def subscribe(pushes, person, path="/device/1", device=None):
    device = device or Device()
    service.subscribe(
        actor_for(person),
        endpoint=pushes.url + path,
        p256dh=device.p256dh,
        auth=text_of(device.auth),
        device="Firefox on Linux",
    )
    return device


def announce(recorded_jobs, at=NOON, **fields):
    with time_machine.travel(at, tick=False):
        curator = make_actor(Role.CURATOR)
        item = make_live_item(author=curator, **fields)
        announcing.announce_item(curator, item.id, note="We open it on Friday.")
        item_id = item.id
        recorded_jobs.run("notifications.tell_people")
        recorded_jobs.run("notifications.push_messages")
    return item_id


def states():
    ambient.expire_all()
    return [
        (row.state, row.outcome) for row in ambient.scalars(select(Message).order_by(Message.created_at, Message.id))
    ]


def test_a_browser_reads_what_was_meant_for_it_and_nobody_else_does(pushes, recorded_jobs, settings):
    person = make_advocate()
    device = subscribe(pushes, person)
    item_id = announce(recorded_jobs, texts={"en": {"title": "The pump that saves a river", "summary": "Two."}})
    ((path, headers, body),) = pushes.came
    assert path == "/device/1"
    assert b"pump" not in body
    told = device.open(body)
    assert told["web_push"] == 8030
    assert told["notification"]["title"] == "The pump that saves a river"
    assert told["notification"]["body"] == "We open it on Friday."
    assert told["notification"]["navigate"] == f"{settings.portal_url}/items/{item_id}/share"
    assert headers["Content-Encoding"] == "aes128gcm"
    assert int(headers["TTL"]) > 0
    with pytest.raises(http_ece.ECEException):
        Device().open(body)
    assert states() == [(MessageState.SENT, None)]


def test_the_service_can_check_who_sends(pushes, recorded_jobs):
    """RFC 8292: an ES256 token for this service, by the key that the browser was told when it subscribed."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    subscribe(pushes, make_advocate())
    announce(recorded_jobs)
    scheme, _, rest = pushes.came[0][1]["Authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme.lower() == "vapid"
    assert parts["k"] == web_push.public_key()
    head, claims, signature = parts["t"].split(".")
    raw = bytes_of(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(parts["k"]))
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    said = json.loads(bytes_of(claims))
    assert said["aud"] == pushes.url
    assert 0 < said["exp"] - NOON.timestamp() <= 24 * 3600
    assert said["sub"].startswith("mailto:")


def test_the_key_stays_the_same_and_belongs_to_the_deployment(environment, settings):
    first = web_push.public_key()
    assert web_push.public_key() == first
    assert len(bytes_of(first)) == 65


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(pushes, recorded_jobs, status):
    subscribe(pushes, make_advocate())
    pushes.answers = [status]
    announce(recorded_jobs)
    assert ambient.scalars(select(PushSubscription)).all() == []
    assert states() == [(MessageState.FAILED, str(status))]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again_later(pushes, recorded_jobs, status):
    subscribe(pushes, make_advocate())
    pushes.answers = [status]
    announce(recorded_jobs)
    assert states() == [(MessageState.WAITING, str(status))]
    with time_machine.travel(NOON + timedelta(minutes=6), tick=False), unit_of_work():
        row = ambient.scalars(select(Message)).one()
        work.push_messages(row.occasion.partition(":")[2], row.employee_key, row.employee_key)
    assert states() == [(MessageState.SENT, None)]
    assert len(pushes.came) == 2


@pytest.mark.parametrize("how", ["drop", "reset", 502, 504])
def test_what_left_and_was_not_answered_is_never_sent_again(pushes, recorded_jobs, how):
    subscribe(pushes, make_advocate())
    pushes.answers = [how]
    announce(recorded_jobs)
    assert len(pushes.came) == 1
    assert states()[0][0] is MessageState.UNKNOWN


def test_what_never_left_is_tried_again(pushes, recorded_jobs):
    subscribe(pushes, make_advocate())
    pushes.close()
    announce(recorded_jobs)
    assert states() == [(MessageState.WAITING, "unreachable")]


@pytest.mark.parametrize("asked", ["1800", "Tue, 24 Nov 2026 11:30:00 GMT"])
def test_a_service_that_asks_for_time_gets_it_from_everybody(pushes, recorded_jobs, asked):
    for number in range(3):
        subscribe(pushes, make_advocate(), f"/device/{number}")
    pushes.answers = [(429, asked)]
    announce(recorded_jobs)
    assert len(pushes.came) == 1, "the others wait without being tried"
    rows = ambient.scalars(select(Message).order_by(Message.employee_key)).all()
    assert {row.due_at for row in rows} == {NOON + timedelta(minutes=30)}
    assert sorted(row.attempts for row in rows) == [0, 0, 1]


def test_a_service_that_asks_for_a_day_gets_nothing_more(pushes, recorded_jobs):
    subscribe(pushes, make_advocate())
    pushes.answers = [(503, "86400")]
    announce(recorded_jobs)
    assert states() == [(MessageState.FAILED, "503")]


def test_a_slow_service_leaves_the_rest_to_another_task(pushes, recorded_jobs, monkeypatch):
    monkeypatch.setattr(push_sending, "ENOUGH_SECONDS", 0)
    for number in range(2):
        subscribe(pushes, make_advocate(), f"/device/{number}")
    announce(recorded_jobs)
    assert len(pushes.came) == 1
    first, rest = recorded_jobs.arguments("notifications.push_messages")
    assert first == rest
    with time_machine.travel(NOON + timedelta(minutes=2), tick=False), unit_of_work():
        work.push_messages(**rest)
    assert [path for path, _headers, _body in pushes.came] == ["/device/0", "/device/1"]
    assert {state for state, _outcome in states()} == {MessageState.SENT}


@pytest.mark.parametrize("what", ["item", "announcement"])
def test_what_was_taken_back_is_pushed_no_more(pushes, recorded_jobs, monkeypatch, what):
    monkeypatch.setattr(telling, "SLICE", 1)
    people = [make_advocate() for _ in range(2)]
    for number, person in enumerate(people):
        subscribe(pushes, person, f"/device/{number}")
    with time_machine.travel(NOON, tick=False):
        curator = make_actor(Role.CURATOR)
        item = make_live_item(author=curator)
        announcement = announcing.announce_item(curator, item.id)
        announcement.told_to = people[0].key - 1
        work.tell_people(str(announcement.id))
        assert announcement.state is AnnouncementState.TELLING
        if what == "item":
            content.withdraw_item(curator, item.id, reason="It was wrong.")
        else:
            announcing.cancel_announcement(curator, announcement.id)
        ambient.commit()
        recorded_jobs.run("notifications.push_messages")
    assert pushes.came == []
    assert states() == [(MessageState.CANCELLED, "withdrawn")]


@pytest.mark.parametrize("what", ["person", "item"])
def test_a_no_after_the_claim_is_heard_before_the_words_leave(pushes, recorded_jobs, monkeypatch, what):
    person = make_advocate()
    subscribe(pushes, person)
    with time_machine.travel(NOON, tick=False):
        curator = make_actor(Role.CURATOR)
        item = make_live_item(author=curator)
        announcing.announce_item(curator, item.id)
        item_id, key = item.id, person.key
        recorded_jobs.run("notifications.tell_people")

        def say_no(point, *_jobs):
            if point == "after_message_row" and what == "person":
                service.turn_everything_off(key)
            elif point == "after_message_row":
                content.withdraw_item(curator, item_id, reason="It was wrong.")

        monkeypatch.setattr(push_sending.failpoints, "hit", say_no)
        recorded_jobs.run("notifications.push_messages")
    assert pushes.came == []
    assert states() == [(MessageState.CANCELLED, "opted_out" if what == "person" else "withdrawn")]


def test_all_browsers_of_a_person_are_one_message(pushes, recorded_jobs):
    person = make_advocate()
    subscribe(pushes, person)
    subscribe(pushes, person, "/device/2")
    pushes.answers = [410, 201]
    announce(recorded_jobs)
    assert len(pushes.came) == 2
    assert states() == [(MessageState.SENT, None)]
    assert len(queries.browsers_of(actor_for(person))) == 1


@pytest.mark.parametrize(
    ("how", "outcome"),
    [("withdraw", "opted_out"), ("muted", "off"), ("quiet", "quiet_hours"), ("capped", "cap_of_the_day")],
)
def test_a_no_between_the_slice_and_the_push_is_heard(pushes, recorded_jobs, how, outcome):
    person = make_advocate()
    subscribe(pushes, person)
    with time_machine.travel(NOON, tick=False):
        curator = make_actor(Role.CURATOR)
        announcing.announce_item(curator, make_live_item(author=curator).id)
        recorded_jobs.run("notifications.tell_people")
        owner = ambient.merge(person)
        if how == "withdraw":
            withdraw_consent(actor_for(owner), Purpose.TAKE_PART, source="test")
        elif how == "muted":
            choose(owner, off=["web_push:suggestions"])
        elif how == "quiet":
            choose(owner, quiet_from=12, quiet_until=14)
        else:
            shared = {"employee_key": owner.key, "channel": "mail", "occasion": "digest:2026-11-24"}
            ambient.add(
                Message(**shared, state=MessageState.SENT, claimed_at=NOON, due_at=NOON, created_at=NOON, attempts=1)
            )
        ambient.commit()
        recorded_jobs.run("notifications.push_messages")
    assert pushes.came == []
    assert (MessageState.CANCELLED, outcome) in states()


def test_who_has_no_browser_gets_no_message(pushes, recorded_jobs):
    make_advocate()
    announce(recorded_jobs)
    assert states() == []


# --- Choosing browsers.


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/push", "https://fcm.googleapis.com.evil.example/x", "http://169.254.169.254/latest",
        "http://fcm.googleapis.com/x", "file:///etc/passwd", "https://user@evil.example@fcm.googleapis.com.x/", "",
        "https://notify.windows.com.evil.example/", "https://127.0.0.2/", "https://fcm.googleapis.com/" + "x" * 2_000,
    ],
)  # fmt: skip
def test_only_known_push_services_are_reached(session, endpoint):
    device = Device()
    with pytest.raises(Invalid):
        service.subscribe(
            actor_for(make_advocate()), endpoint=endpoint, p256dh=device.p256dh, auth=text_of(device.auth), device=""
        )


@pytest.mark.parametrize(
    ("p256dh", "auth"), [("", ""), ("AAAA", "AAAA"), ("!", "!"), (text_of(b"\x04" + b"1" * 64), "AA")]
)
def test_keys_that_are_none_are_refused(session, p256dh, auth):
    with pytest.raises(Invalid):
        service.subscribe(
            actor_for(make_advocate()), endpoint="https://fcm.googleapis.com/x", p256dh=p256dh, auth=auth, device=""
        )


def test_addresses_are_kept_sealed_and_one_browser_is_one(pushes):
    person = make_advocate()
    subscribe(pushes, person)
    subscribe(pushes, person)
    row = ambient.scalars(select(PushSubscription)).one()
    assert b"device" not in row.sealed
    for number in range(2, 6):
        subscribe(pushes, person, f"/device/{number}")
    with pytest.raises(Conflict):
        subscribe(pushes, person, "/device/6")


def test_a_browser_is_taken_away_by_its_person_only(pushes):
    person = make_advocate()
    subscribe(pushes, person)
    row = ambient.scalars(select(PushSubscription)).one()
    with pytest.raises(NotFound):
        service.unsubscribe(actor_for(make_advocate()), row.id)
    service.unsubscribe(actor_for(person), row.id)
    assert queries.browsers_of(actor_for(person)) == []


def test_on_the_page_and_by_program(pushes, sign_in, api):
    person, device = make_advocate(), Device()
    browser = sign_in(person)
    keys = {"p256dh": device.p256dh, "auth": text_of(device.auth)}
    assert browser.post("/notifications/browsers", data={"endpoint": pushes.url + "/a", **keys}).status_code == 204
    page = checked_page(browser.get("/notifications/settings"))
    assert "This browser shows you what is new" in page.words()
    assert web_push.public_key() in page.text
    assert "/a" not in [element.get("value") for element in page.all("input")]
    program = api(person)
    (row,) = program.get("/api/v1/me/browsers").json["data"]
    assert browser.post(f"/notifications/browsers/{row['id']}/remove").status_code == 302
    made = program.post("/api/v1/me/browsers", json={"endpoint": pushes.url + "/b", "keys": keys})
    assert made.status_code == 201
    assert program.delete(f"/api/v1/me/browsers/{made.json['id']}").status_code == 204
    assert browser.post("/notifications/browsers", data={"endpoint": "https://evil.example/"}).status_code == 422


def test_the_worker_of_the_browser_is_served_at_the_root(client):
    answer = client.get("/service-worker.js")
    assert answer.mimetype == "text/javascript"
    assert b"showNotification" in answer.get_data()


def test_a_reminder_goes_to_the_browsers_of_whoever_asked_for_it(pushes, recorded_jobs):
    device = Device()
    with time_machine.travel(NOON, tick=False):
        person = make_advocate()
        actor = actor_for(person)
        service.subscribe(actor, endpoint=f"{pushes.url}/a", p256dh=device.p256dh, auth=text_of(device.auth), device="")
        plan = make_plan(person, make_live_item(), NOON + timedelta(hours=1))
        ambient.commit()
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        sharing_work.remind_due()
        ambient.commit()
        recorded_jobs.run("notifications.push_reminder")
    ((_path, _headers, body),) = pushes.came
    told = device.open(body)["notification"]
    assert told["navigate"].endswith(f"/planned/{plan.id}")
    assert "LinkedIn" in told["body"]
    assert [row.state for row in ambient.scalars(select(Message))] == [MessageState.SENT]
