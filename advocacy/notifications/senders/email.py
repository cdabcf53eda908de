"""Letters by SMTP; without a mail server they become files that can be read on a page."""

import enum
import os
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

from advocacy.foundation import clock
from advocacy.notifications.letters import Letter
from config.settings import Settings, is_loopback

TIMEOUT_SECONDS = 15
SUBMISSION_PORT, TLS_PORT = 587, 465
OK, WILL_FORWARD, PERMANENT = 250, 251, 500
LONGEST_REASON = 200


class Fate(enum.StrEnum):
    """What became of one letter that is sent at most once."""

    SENT = "sent"
    UNWANTED = "unwanted"  # opted out before the words left
    ADDRESS_REFUSED = "address_refused"  # for good: the address takes no mail
    LETTER_REFUSED = "letter_refused"  # for good: this letter, not the address
    LATER = "later"  # nothing was handed over, and the server says to try again
    UNKNOWN = "unknown"  # the words were handed over and nobody said whether they were kept


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a letter, the server's own words where there are any, and how long it asks to be left alone."""

    fate: Fate
    reason: str = ""
    wait: timedelta = timedelta(0)


class ConnectionGone(Exception):
    """The connection ended; letters after this one need another."""


def compose(
    settings: Settings, delivery_id: UUID, address: str, letter: Letter, headers: dict[str, str] | None = None
) -> EmailMessage:
    """Return a letter as a message. Its Message-ID is the delivery's, so a repeated sending can be recognised."""
    host = urlsplit(settings.portal_url).hostname or "localhost"
    message = EmailMessage()
    message["Message-ID"] = f"<{delivery_id}@{host}>"
    message["Date"] = format_datetime(clock.now())
    message["From"] = Address(settings.organisation_name, addr_spec=settings.mail_from)
    message["To"] = Address(addr_spec=address)
    message["Subject"] = letter.subject
    message["Auto-Submitted"] = "auto-generated"
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.language  # setting the content drops what was said of it
    return message


def send(settings: Settings, delivery_id: UUID, message: EmailMessage) -> None:
    """Send a message, or put it into the outbox folder. Raises OSError or SMTPException when it did not leave."""
    if not settings.smtp_url:
        _put_aside(settings.mail_outbox, delivery_id, message)
        return
    with _connected(settings) as server:
        server.send_message(message)


class Postbox:
    """An open way out for letters that leave at most once each. One connection carries many."""

    def __init__(self, settings: Settings, server: smtplib.SMTP | None) -> None:
        self._settings = settings
        self._server = server
        self._broken = False

    def post(self, letter_id: UUID, message: EmailMessage, is_wanted: Callable[[], bool]) -> Result:
        """Hand one letter over, asking `is_wanted` once more just before its words leave.

        Raises ConnectionGone instead of a result when nothing was handed over and the connection is of no more use.
        """
        if self._server is None:
            if not is_wanted():
                return Result(Fate.UNWANTED)
            try:
                _put_aside(self._settings.mail_outbox, letter_id, message)
            except OSError as error:
                raise ConnectionGone(str(error)) from error
            return Result(Fate.SENT)
        if self._broken:
            raise ConnectionGone("The connection broke off at the letter before.")
        body = message.as_bytes(policy=message.policy.clone(linesep="\r\n", cte_type="7bit", max_line_length=78))
        try:
            refused = self._introduce(self._server, message)
        except OSError as error:
            raise ConnectionGone(str(error)) from error
        if refused is not None:
            self._start_over(self._server)
            return refused
        if not is_wanted():
            self._start_over(self._server)
            return Result(Fate.UNWANTED)
        return self._hand_over(self._server, body)

    def _introduce(self, server: smtplib.SMTP, message: EmailMessage) -> Result | None:
        """Name sender and reader; return why that was refused, or None."""
        code, words = server.mail(self._settings.mail_from)
        if code != OK:
            # Also when it says never: our sender is refused, no reader's address is to blame, and it can be mended.
            return Result(Fate.LATER, _told(code, words))
        code, words = server.rcpt(message["To"].addresses[0].addr_spec)
        if code >= PERMANENT:
            return Result(Fate.ADDRESS_REFUSED, _told(code, words))
        if code not in {OK, WILL_FORWARD}:
            return Result(Fate.LATER, _told(code, words))
        return None

    def _hand_over(self, server: smtplib.SMTP, body: bytes) -> Result:
        try:
            code, words = server.data(body)
        except smtplib.SMTPDataError as error:  # refused before the first word
            self._start_over(server)
            fate = Fate.LETTER_REFUSED if error.smtp_code >= PERMANENT else Fate.LATER
            return Result(fate, _told(error.smtp_code, error.smtp_error))
        except OSError as error:  # SMTPException is one
            self._broken = True
            return Result(Fate.UNKNOWN, type(error).__name__)
        if code == OK:
            return Result(Fate.SENT)
        return Result(Fate.LETTER_REFUSED if code >= PERMANENT else Fate.LATER, _told(code, words))

    def _start_over(self, server: smtplib.SMTP) -> None:
        with suppress(OSError):
            server.rset()


@contextmanager
def postbox(settings: Settings) -> Iterator[Postbox]:
    """Open a way out. Raises OSError or SMTPException when there is none now: TLS, sign-in and greeting included."""
    if not settings.smtp_url:
        yield Postbox(settings, None)
        return
    with _connected(settings) as server:
        yield Postbox(settings, server)


@contextmanager
def _connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    url = urlsplit(settings.smtp_url)
    host = url.hostname or "localhost"
    context = ssl.create_default_context()
    is_tls = url.scheme == "smtps"
    port = url.port or (TLS_PORT if is_tls else SUBMISSION_PORT)
    server: smtplib.SMTP = (
        smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
        if is_tls
        else smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    )
    try:
        server.ehlo()
        if not is_tls and (server.has_extn("starttls") or not is_loopback(host)):
            # These letters hold keys: beyond this machine they go encrypted or not at all.
            server.starttls(context=context)
            server.ehlo()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
        with suppress(OSError):
            server.quit()  # what was kept stays kept, whatever the server says to a goodbye
    finally:
        server.close()


def _told(code: int, words: bytes | str) -> str:
    """Return the server's own words, short and printable: they are shown to the reader."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {''.join(c if c.isprintable() else ' ' for c in text)}"[:LONGEST_REASON]


def _put_aside(folder: Path, delivery_id: UUID, message: EmailMessage) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f".{delivery_id}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(message.as_bytes())
    # Named by the delivery: sent twice, it is still one letter.
    part.replace(folder / f"{delivery_id}.eml")
