"""What an applicant tracking system reports, read strictly. Candidates become keyed tokens here, at the door."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from flask_babel import gettext as _

from advocacy.foundation import clock, preferences
from advocacy.foundation.errors import FieldProblem, Invalid
from advocacy.recruiting.models import Stage

FIELDS = ("type", "application_id", "opening_reference", "candidate", "link_code", "occurred_at")
LONGEST_ID = 200
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCKS_MAY_DIFFER = timedelta(minutes=5)

_CODE = re.compile(r"[0-9A-Za-z]{1,32}\Z")


@dataclass(frozen=True, slots=True)
class ApplicationReport:
    """One step of one application. Holds no name, no address, and no id that anybody outside could recognise."""

    stage: Stage
    application_token: bytes
    opening_reference: str
    link_code: str | None
    occurred_at: datetime

    @classmethod
    def read(cls, source: str, raw: Mapping[str, Any]) -> Self:
        """Return a report out of a message or a row; what we do not know is dropped.

        An application is named by its id, or by its candidate and opening. Raises Invalid naming every wrong field.
        """
        problems: list[FieldProblem] = []
        values = {name: _value(name, raw.get(name), problems) for name in FIELDS}
        stage = _stage(values["type"], problems)
        occurred_at = _instant(values["occurred_at"], problems)
        reference = values["opening_reference"]
        if reference is None:
            problems.append(FieldProblem("opening_reference", "missing", _("Name the opening by its reference.")))
        code = values["link_code"]
        if code is not None:
            code = code.rstrip("/").rsplit("/", 1)[-1]  # some systems hand on the whole short link
            if not _CODE.match(code):
                problems.append(FieldProblem("link_code", "invalid", _("This is not the code of one of our links.")))
        application = values["application_id"]
        if application is None and values["candidate"] is None:
            problems.append(
                FieldProblem("application_id", "missing", _("Name the application, or else the candidate."))
            )
        if problems or stage is None or occurred_at is None or reference is None:
            raise Invalid(_("The report cannot be used."), problems=tuple(problems))
        identity = f"id:{application}" if application is not None else f"candidate:{values['candidate']}|{reference}"
        return cls(stage, token(source, identity), reference, code, occurred_at)

    def as_body(self) -> dict[str, Any]:
        """Return what the inbox keeps."""
        return {
            "stage": self.stage.value,
            "application_token": self.application_token.hex(),
            "opening_reference": self.opening_reference,
            "link_code": self.link_code,
            "occurred_at": self.occurred_at.isoformat(),
        }

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(
            Stage(body["stage"]),
            bytes.fromhex(body["application_token"]),
            body["opening_reference"],
            body["link_code"],
            datetime.fromisoformat(body["occurred_at"]),
        )


def token(source: str, identity: str) -> bytes:
    """Return the keyed token of an application or candidate: the same for the same, and not to be reversed."""
    pepper = preferences.deployment().pepper.encode()
    return hmac.digest(pepper, f"recruiting\x00{source}\x00{identity}".encode(), hashlib.sha256)


def _value(name: str, value: Any, problems: list[FieldProblem]) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and name in {"application_id", "candidate"}:
        value = str(value)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        problems.append(FieldProblem(name, "invalid", _("This has to be a text.")))
        return None
    cleaned = value.strip()
    if len(cleaned) > LONGEST_ID or not cleaned.isprintable():
        problems.append(FieldProblem(name, "invalid", _("At most %(most)s printable characters.", most=LONGEST_ID)))
        return None
    return cleaned or None


def _stage(value: str | None, problems: list[FieldProblem]) -> Stage | None:
    try:
        return Stage((value or "").removeprefix("application."))
    except ValueError:
        listed = ", ".join(stage.value for stage in Stage)
        problems.append(FieldProblem("type", "unknown", _("Use one of: %(listed)s.", listed=listed)))
        return None


def _instant(value: str | None, problems: list[FieldProblem]) -> datetime | None:
    """Read an instant with its zone, or a day, which begins at midnight in the programme's zone."""
    try:
        if value is not None and len(value) == len("2026-01-01"):
            instant = clock.day_bounds(date.fromisoformat(value), preferences.zone())[0]
        else:
            instant = datetime.fromisoformat(value or "")
    except (ValueError, OverflowError):
        problems.append(
            FieldProblem("occurred_at", "invalid", _("Use a day or an instant such as 2026-02-23T09:30:00+01:00."))
        )
        return None
    if instant.tzinfo is None:
        problems.append(FieldProblem("occurred_at", "invalid", _("Say the time zone, such as +01:00 or Z.")))
        return None
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        instant = EARLIEST - timedelta(days=1)
    if not EARLIEST <= instant <= clock.now() + CLOCKS_MAY_DIFFER:
        problems.append(FieldProblem("occurred_at", "invalid", _("This lies too far back, or in the future.")))
        return None
    return instant
