"""Mailing links: the key stands before the letter leaves, and a repeated task repeats the letter under one id."""

import asyncio
import email
import re
from email import policy
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from advocacy.foundation import jobs, preferences, ratelimit
from advocacy.foundation.db import own_transaction, unit_of_work
from advocacy.foundation.db import session as ambient
from advocacy.identity import service
from advocacy.identity.models import LinkPurpose, SignInLink
from advocacy.identity.service.links import AddressChanged
from advocacy.notifications import letters
from advocacy.notifications.models import Delivery, DeliveryState
from config.settings import Settings
from tests.factories.identity import make_account
from tests.factories.people import make_employee
from tests.support.ports import own_port
from workers import identity as work


@pytest.fixture
def outbox(session, settings):
    ratelimit.limiter().reset()
    for file in settings.mail_outbox.glob("*"):
        file.unlink()
    return settings.mail_outbox


def letters_in(outbox):
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in outbox.glob("*.eml")]


def token_in(message):
    return re.search(r"/link/([\w-]{43})", message.get_body(["plain"]).get_content()).group(1)


@pytest.mark.parametrize("purpose", [LinkPurpose.INVITATION, LinkPurpose.SIGN_IN, LinkPurpose.PASSWORD_RESET])
def test_mailed_link_works(outbox, purpose):
    account = make_account()
    work.send_link(str(account.id), purpose.value)
    (message,) = letters_in(outbox)
    assert message["To"] == account.email
    assert service.consume_link(token_in(message), purposes=[purpose]).id == account.id
    html = message.get_body(["html"]).get_content()
    assert token_in(message) in html


def test_delivery_holds_no_secret(outbox):
    work.send_link(str(make_account().id), "sign_in")
    delivery = ambient.scalar(select(Delivery))
    assert delivery.state is DeliveryState.SENT
    assert delivery.arguments == {}


def test_repeated_task_sends_nothing_once_it_was_sent(outbox):
    account, task_id = make_account(), uuid4()
    for _ in range(2):
        with jobs.running(task_id):
            work.send_link(str(account.id), "sign_in")
    assert len(letters_in(outbox)) == 1
    assert len(ambient.scalars(select(Delivery)).all()) == 1
    assert len(ambient.scalars(select(SignInLink)).all()) == 1


def test_attempt_that_failed_is_repeated_under_the_same_message_id(outbox, monkeypatch):
    from advocacy.notifications.senders import email as sender

    account, task_id = make_account(), uuid4()
    with monkeypatch.context() as broken, jobs.running(task_id):
        broken.setattr(sender, "_put_aside", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
        with pytest.raises(OSError, match="full"):
            work.send_link(str(account.id), "sign_in")
    first = ambient.scalar(select(Delivery))
    assert first.state is DeliveryState.SENDING
    with jobs.running(task_id):
        work.send_link(str(account.id), "sign_in")
    (message,) = letters_in(outbox)
    assert message["Message-ID"] == f"<{first.id}@127.0.0.1>"
    assert service.consume_link(token_in(message), purposes=[LinkPurpose.SIGN_IN]).id == account.id


def test_closed_account_gets_no_letter_and_no_further_attempt(outbox):
    account = make_account(is_active=False)
    work.send_link(str(account.id), "sign_in")
    assert letters_in(outbox) == []


class Keep:
    """A mail server that keeps what it gets, and may take its time."""

    def __init__(self):
        self.received, self.seconds = [], 0.0

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.seconds)
        self.received.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def mail_server(environment):
    port, server = own_port(), Keep()
    controller = Controller(server, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    before = preferences.deployment()
    preferences.init(Settings.from_env({**environment, "ADVOCACY_SMTP_URL": f"smtp://127.0.0.1:{port}"}))
    yield server
    preferences.init(before)
    controller.stop()


def test_letters_by_smtp(session, mail_server):
    account = make_account()
    work.send_link(str(account.id), "invitation")
    assert mail_server.received[0]["To"] == account.email
    assert "Meridian Works" in mail_server.received[0]["Subject"]


def test_letter_to_a_slow_server_leaves_once_and_its_link_works(committed_database, mail_server):
    with unit_of_work():
        account_id = make_account().id
    for mail_server.seconds in (3.0, 0.0):
        with jobs.running(uuid4()), unit_of_work():
            # Longer than a busy machine takes to begin, shorter than the server takes.
            ambient.execute(text("SET LOCAL idle_in_transaction_session_timeout = '2s'"))
            work.send_link(str(account_id), "sign_in")
    assert len(mail_server.received) == 2
    with unit_of_work():
        token = token_in(mail_server.received[1])
        assert service.consume_link(token, purposes=[LinkPurpose.SIGN_IN]).id == account_id


def test_letter_that_left_is_not_sent_again_when_its_task_fails(committed_database, mail_server):
    with unit_of_work():
        account_id, task_id = make_account().id, uuid4()
    with jobs.running(task_id):
        work.send_link(str(account_id), "sign_in")
    ambient.rollback()  # its worker lost the lease
    with jobs.running(task_id), unit_of_work():
        work.send_link(str(account_id), "sign_in")
    (letter,) = mail_server.received
    with unit_of_work():
        assert service.look_at_link(token_in(letter)).account_id == account_id


def test_letter_waits_for_an_import_that_moves_the_address(committed_database, mail_server):
    with unit_of_work():
        account_id = make_account(email="before@meridian.example").id
    with committed_database.connect() as importing:
        importing.execute(text("UPDATE account SET email = 'after@meridian.example'"))
        with pytest.raises(OperationalError), unit_of_work():
            work.send_link(str(account_id), "sign_in")
        importing.commit()
    with pytest.raises(AddressChanged), own_transaction() as apart:
        service.mint_link(apart, account_id, LinkPurpose.SIGN_IN, address="before@meridian.example")
    with unit_of_work():
        assert ambient.scalars(select(SignInLink)).all() == []
        work.send_link(str(account_id), "sign_in")
    assert [letter["To"] for letter in mail_server.received] == ["after@meridian.example"]


def test_hostile_names_stay_text():
    letter = letters.write(
        "sign_in", language="en", organisation="<script>alert(1)</script>", url="https://x.example/a"
    )
    assert "<script>" not in letter.html
    assert "&lt;script&gt;" in letter.html


@pytest.mark.parametrize("name", sorted(letters.LETTERS))
@pytest.mark.parametrize("language", ["en", "de", "es", "xx"])
def test_every_letter_exists_in_every_language(name, language):
    letter = letters.write(name, language=language, organisation="Meridian Works", url="https://x.example/link/t")
    assert "https://x.example/link/t" in letter.text
    assert "Meridian Works" in letter.subject


def test_language_of_the_letter_is_the_readers(outbox):
    work.send_link(str(make_account(make_employee(language="de-AT")).id), "sign_in")
    (message,) = letters_in(outbox)
    assert message["Content-Language"] == "de"
