"""Files that were checked and wait for a confirmation: in the data folder, readable by us alone, for one hour."""

import re
import secrets
import time
from pathlib import Path

from werkzeug.datastructures import FileStorage

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor

FOLDER = "checked-files"
LIFETIME_SECONDS = 3_600
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,60}\Z")


def keep(actor: Actor, upload: FileStorage) -> tuple[str, Path]:
    """Store an upload and return the token to find it by, and where it is."""
    folder = _folder()
    _forget_old(folder)
    token = secrets.token_urlsafe(24)
    path = _path(actor, token)
    path.touch(mode=0o600, exist_ok=False)
    upload.save(path)
    return token, path


def find(actor: Actor, token: str) -> Path | None:
    """Return a file the same account stored within the last hour, or None."""
    if not TOKEN.match(token):
        return None
    path = _path(actor, token)
    return path if path.is_file() and path.stat().st_mtime > time.time() - LIFETIME_SECONDS else None


def forget(path: Path) -> None:
    path.unlink(missing_ok=True)


def _folder() -> Path:
    folder = preferences.deployment().home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _path(actor: Actor, token: str) -> Path:
    owner = actor.account_id.hex if actor.account_id is not None else "nobody"
    return _folder() / f"{owner}.{token}.csv"


def _forget_old(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        if path.stat().st_mtime < time.time() - LIFETIME_SECONDS:
            path.unlink(missing_ok=True)
