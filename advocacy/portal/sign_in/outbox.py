"""Mail that was not sent because there is no mail server: read from the outbox folder, on this machine only."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from uuid import UUID

from flask_babel import gettext as _
from markupsafe import Markup, escape

from advocacy.foundation.errors import NotFound
from config.settings import Settings, is_loopback

NEWEST = 100
LARGEST_LETTER_BYTES = 1_000_000
LINK = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it would have been sent."""

    delivery_id: str
    to: str
    subject: str
    written_at: datetime
    text: str

    def text_with_links(self, portal_url: str) -> Markup:
        """Return the text with addresses of the portal made clickable; everything else stays text."""
        parts, last = [], 0
        for found in LINK.finditer(self.text):
            address = found.group().rstrip(".,;)")
            if not address.startswith(portal_url + "/"):
                continue
            parts.append(escape(self.text[last : found.start()]))
            parts.append(Markup('<a href="{0}">{0}</a>').format(address))
            last = found.start() + len(address)
        parts.append(escape(self.text[last:]))
        return Markup("").join(parts)


def is_readable(settings: Settings, address: str | None) -> bool:
    """Return whether the outbox may be shown: it holds everybody's links, so only where one machine is the world."""
    return (
        not settings.smtp_url
        and settings.is_on_loopback
        and settings.environment != "production"
        and is_loopback(address)
    )


def letters(folder: Path) -> Iterator[Letter]:
    """Yield the newest letters, newest first. A folder that is not there holds none."""
    if not folder.is_dir():
        return
    found = [(path.stat().st_mtime, path) for path in folder.glob("*.eml") if path.is_file()]
    for _time, path in sorted(found, reverse=True)[:NEWEST]:
        letter = _read(path)
        if letter is not None:
            yield letter


def find_letter(folder: Path, delivery_id: UUID) -> Letter:
    """Return one letter by its delivery, which names its file. Raises NotFound."""
    path = folder / f"{delivery_id}.eml"
    letter = _read(path) if path.is_file() else None
    if letter is None:
        raise NotFound(_("There is no such mail."))
    return letter


def _read(path: Path) -> Letter | None:
    try:
        with path.open("rb") as file:
            message = BytesParser(policy=policy.default).parsebytes(file.read(LARGEST_LETTER_BYTES))
    except OSError:
        return None
    return Letter(
        delivery_id=path.stem,
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        written_at=datetime.fromtimestamp(path.stat().st_mtime, tz=UTC),
        text=_text(message),
    )


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    try:
        return str(body.get_content()).strip() if body is not None else ""
    except (LookupError, UnicodeError):
        return ""
