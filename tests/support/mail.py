"""A real SMTP server on loopback that keeps what it is given, and fails the way mail servers do."""

import email
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from advocacy.foundation import preferences
from config.settings import Settings
from tests.support.ports import own_port

SHEET = re.compile(r"(/from-mail/[\w.-]+)")
STOP = re.compile(r"(/mail-off/[\w.-]+)")


@dataclass
class Sink:
    """What came in, and what is answered instead of yes: `at_rcpt` and `at_data` hold answers, used up one by one.

    The answer "drop" ends the connection without a word, after the letter was kept where it stands `at_data`.
    """

    kept: list[EmailMessage] = field(default_factory=list)
    at_mail: list[str] = field(default_factory=list)
    at_rcpt: list[str] = field(default_factory=list)
    at_data: list[str] = field(default_factory=list)
    before_data: Callable[[], None] | None = None
    connections: int = 0

    async def handle_MAIL(self, _s: Any, _session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.at_mail.pop(0) if self.at_mail else "250 fine"

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Envelope, address: str, _o: list[str]) -> str:
        answer = self.at_rcpt.pop(0) if self.at_rcpt else "250 fine"
        if answer == "drop":
            server.transport.close()
        elif answer.startswith("2"):
            envelope.rcpt_tos.append(address)
            if self.before_data is not None:
                self.before_data()
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Envelope) -> str:
        answer = self.at_data.pop(0) if self.at_data else "250 kept"
        if answer[0] in "2d":
            self.kept.append(email.message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        if answer == "drop":
            server.transport.close()
        return answer

    async def handle_EHLO(self, _s: Any, session: Any, _e: Envelope, hostname: str, answers: list[str]) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return answers

    @property
    def most_of_one(self) -> int:
        """Return how often the letter that came most often came."""
        return max(Counter(letter["Message-ID"] for letter in self.kept).values(), default=0)


@contextmanager
def smtp_sink(environment: dict[str, str], **more: str) -> Iterator[Sink]:
    """Let this process send its mail to a sink for a while."""
    sink, port, before = Sink(), own_port(), preferences.deployment()
    controller: Any = Controller(sink, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    try:
        preferences.init(Settings.from_env({**environment, "ADVOCACY_SMTP_URL": f"smtp://127.0.0.1:{port}", **more}))
        yield sink
    finally:
        preferences.init(before)
        controller.stop()


def plain(letter: EmailMessage) -> str:
    body = letter.get_body(["plain"])
    assert body is not None
    return str(body.get_content())


def html_of(letter: EmailMessage) -> str:
    body = letter.get_body(["html"])
    assert body is not None
    return str(body.get_content())


def sheet_path(letter: EmailMessage) -> str:
    found = SHEET.search(plain(letter))
    assert found is not None
    return found[1]


def stop_path(letter: EmailMessage) -> str:
    found = STOP.search(str(letter["List-Unsubscribe"]))
    assert found is not None
    return found[1]
