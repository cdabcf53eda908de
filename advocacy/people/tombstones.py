"""What must not come back, also after a restore: a keyed hash in the database, and a line in a file outside it."""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from advocacy.foundation import audit, preferences
from advocacy.foundation.db import session
from advocacy.people.models import Employee

log = structlog.get_logger("advocacy.people")


def log_file() -> Path:
    """Return the file that `restore` reads; it lives in the data folder and in no dump."""
    return preferences.deployment().home / "tombstones.log"


def keyed_hash(kind: str, value: str) -> bytes:
    """Return what stands for an e-mail or an HR id once the thing itself is gone. Useless without the pepper."""
    message = f"{kind}\x00{value.strip().casefold()}".encode()
    return hmac.digest(preferences.deployment().pepper.encode(), message, hashlib.sha256)


def append(what: str, at: datetime, people: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Put one line per person, with its details, on disk and sync once.

    Before the commit for what a person asked for: a line too many is harmless then. After it for what others say of
    them (`write_down_leavers`). A full or missing disk is logged and must not keep anybody from opting out: the
    database has the row.
    """
    lines = [
        json.dumps({"what": what, "employee": str(employee_id), "at": at.isoformat(), **details}, sort_keys=True)
        for employee_id, details in people.items()
    ]
    if not lines:
        return
    try:
        path = log_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            torn = b"\n" if _ends_within_a_line(descriptor) else b""
            _write_whole(descriptor, torn + ("\n".join(lines) + "\n").encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        log.error("tombstone_not_on_disk", what=what, people=len(lines), error=error.strerror)


def keep(what: str, employee_key: int, at: datetime, details: Mapping[str, Any]) -> None:
    """Put one person's line on disk, as `append` does."""
    employee_id = session.scalars(select(Employee.id).where(Employee.key == employee_key)).one()
    append(what, at, {employee_id: details})


def _ends_within_a_line(descriptor: int) -> bool:
    """Return whether a crash or a full disk left part of a line, which must not swallow the next one."""
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"


def _write_whole(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def read() -> Iterator[dict[str, Any]]:
    """Yield every line, oldest first; a line torn by a crash is passed over."""
    try:
        lines = log_file().read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:  # no JSON, or no text at all
            log.warning("tombstone_line_torn")
            continue
        if isinstance(entry, dict) and "what" in entry:
            yield entry


def say_again(again: Mapping[str, Callable[[int, Mapping[str, Any]], int]], *, action: str) -> dict[str, int]:
    """After a restore: hand each line of these kinds to what says it again; return how many of each changed something.

    Lines about people who are gone are passed over. What was done stands on the audit trail as `action`.
    """
    done: dict[str, Any] = dict.fromkeys(again, 0)
    # Several hosts may have written: their files one after the other are not in order of time.
    for entry in sorted((one for one in read() if one["what"] in again), key=instant):
        key = session.scalar(
            select(Employee.key).where(Employee.id == UUID(entry["employee"]), Employee.external_id.is_not(None))
        )
        if key is not None:
            done[entry["what"]] += again[entry["what"]](key, entry)
    if any(done.values()):
        audit.record(None, action, **done)
    return done


def instant(entry: Mapping[str, Any]) -> datetime:
    """Return when something was said."""
    return datetime.fromisoformat(entry["at"])
