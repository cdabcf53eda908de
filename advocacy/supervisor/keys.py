"""The keys of a deployment that brought none of its own: made once, at the first start."""

import base64
import json
import secrets
from pathlib import Path

from advocacy.supervisor.processes import StartError, write_private

FILE_NAME = "keys.json"


def load_or_make_keys(home: Path) -> dict[str, str]:
    """Return the keys as the environment names them. The file is readable by its owner alone.

    Raises StartError when the file is there but damaged: a new key would make everything encrypted unreadable.
    """
    file = home / FILE_NAME
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        keys = _new_keys()
        write_private(file, json.dumps(keys, indent=1) + "\n")
        return keys
    except OSError as error:
        message = f"The keys in {file} cannot be read ({error.strerror}); start as the user who owns them."
        raise StartError(message) from error
    try:
        stored = json.loads(text)
        return {name: str(stored[name]) for name in _new_keys()}
    except (ValueError, KeyError, TypeError):
        raise StartError(f"The keys in {file} are damaged; put the file back from a backup.") from None


def _new_keys() -> dict[str, str]:
    return {
        "ADVOCACY_SECRET_KEY": secrets.token_urlsafe(48),
        "ADVOCACY_PEPPER": secrets.token_urlsafe(48),
        "ADVOCACY_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
