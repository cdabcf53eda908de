"""What somebody hid, renewed or had forgotten of their learning, also on disk: a restore must not show it again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text

from advocacy.foundation.db import session
from advocacy.learning.models import Certificate, LessonPass
from advocacy.people import tombstones

HIDDEN, VOID, FORGOTTEN = "certificate_hidden", "certificate_void", "learning_forgotten"
# The table belongs to recognition, which stands above; only its name is known here.
_TAKE_DOWN = text("DELETE FROM highlight WHERE certificate_code = :code")


def take_down(certificate: Certificate) -> None:
    """Let nobody read a certificate any more, nor the highlight that tells of it."""
    certificate.shown_since = None
    session.execute(_TAKE_DOWN, {"code": certificate.code})


def forget(employee_key: int, until: datetime) -> int:
    """Delete what somebody passed until an instant, and a certificate of until then; return how many rows went."""
    passed = session.execute(
        delete(LessonPass)
        .where(LessonPass.employee_key == employee_key, LessonPass.passed_at <= until)
        .returning(LessonPass.lesson_key)
    ).all()
    certified = session.execute(
        delete(Certificate)
        .where(Certificate.employee_key == employee_key, Certificate.issued_at <= until)
        .returning(Certificate.code)
    ).all()
    return len(passed) + len(certified)


def keep(what: str, certificate: Certificate, at: datetime) -> None:
    """Put on disk that this certificate was hidden or is void. The line knows it by a keyed hash, not by its code."""
    tombstones.keep(what, certificate.employee_key, at, {"certificate": _hash(certificate)})


def keep_forgotten(employee_key: int, at: datetime) -> None:
    """Put on disk that somebody had their learning forgotten."""
    tombstones.keep(FORGOTTEN, employee_key, at, {})


def reapply_stops() -> dict[str, int]:
    """After a restore: hide, void and forget again; return how many of each changed something.

    What somebody passed or showed later stands where the copy holds it. Belongs after people's own tombstones.
    """
    again = {HIDDEN: _hide_again, VOID: _void_again, FORGOTTEN: _forget_again}
    return tombstones.say_again(again, action="learning.stops_reapplied")


def _hide_again(employee_key: int, entry: Mapping[str, Any]) -> bool:
    found = _certificate(employee_key, entry)
    if found is None or found.shown_since is None or found.shown_since > tombstones.instant(entry):
        return False
    take_down(found)
    session.flush()
    return True


def _void_again(employee_key: int, entry: Mapping[str, Any]) -> bool:
    found = _certificate(employee_key, entry)
    if found is None:
        return False
    session.delete(found)
    session.flush()
    return True


def _forget_again(employee_key: int, entry: Mapping[str, Any]) -> bool:
    return forget(employee_key, tombstones.instant(entry)) > 0


def _certificate(employee_key: int, entry: Mapping[str, Any]) -> Certificate | None:
    """Return somebody's certificate if it is the one a line is about."""
    found = session.scalar(select(Certificate).where(Certificate.employee_key == employee_key))
    return found if found is not None and _hash(found) == entry["certificate"] else None


def _hash(certificate: Certificate) -> str:
    return tombstones.keyed_hash("certificate", certificate.code).hex()
