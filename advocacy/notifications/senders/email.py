"""Letters by SMTP; without a mail server they become files that can be read on a page."""

import os
import smtplib
import ssl
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


def compose(settings: Settings, delivery_id: UUID, address: str, letter: Letter) -> EmailMessage:
    """Return a letter as a message. Its Message-ID is the delivery's, so a repeated sending can be recognised."""
    host = urlsplit(settings.portal_url).hostname or "localhost"
    message = EmailMessage()
    message["Message-ID"] = f"<{delivery_id}@{host}>"
    message["Date"] = format_datetime(clock.now())
    message["From"] = Address(settings.organisation_name, addr_spec=settings.mail_from)
    message["To"] = Address(addr_spec=address)
    message["Subject"] = letter.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.language  # setting the content drops what was said of it
    return message


def send(settings: Settings, delivery_id: UUID, message: EmailMessage) -> None:
    """Send a message, or put it into the outbox folder. Raises OSError or SMTPException when it did not leave."""
    if not settings.smtp_url:
        _put_aside(settings.mail_outbox, delivery_id, message)
        return
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
    with server:
        server.ehlo()
        if not is_tls and (server.has_extn("starttls") or not is_loopback(host)):
            # These letters hold keys: beyond this machine they go encrypted or not at all.
            server.starttls(context=context)
            server.ehlo()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def _put_aside(folder: Path, delivery_id: UUID, message: EmailMessage) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f".{delivery_id}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(message.as_bytes())
    # Named by the delivery: sent twice, it is still one letter.
    part.replace(folder / f"{delivery_id}.eml")
