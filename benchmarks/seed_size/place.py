"""A database of one's own with the product's schema, in a temporary folder that is gone afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from advocacy.foundation import db, preferences
from advocacy.foundation.tables import import_models
from advocacy.supervisor.keys import load_or_make_keys
from advocacy.supervisor.migrate import upgrade_in_child
from advocacy.supervisor.postgres import EmbeddedPostgres
from config.settings import Settings

LONGEST_STATEMENT_MS = 3_600_000


@contextmanager
def own_database(needed_bytes: int) -> Iterator[dict[str, str]]:
    """Give the environment of a migrated, empty database on the product's own server, and bind this process to it.

    Raises SystemExit with one sentence when the temporary folder's disk is too small.
    """
    with tempfile.TemporaryDirectory(prefix="advocacy-scale-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        free = shutil.disk_usage(folder).free
        if free < needed_bytes:
            raise SystemExit(
                f"{folder.parent} has {free / 1e9:.0f} GB free and about {needed_bytes / 1e9:.0f} GB are needed: "
                "set TMPDIR to a larger disk, or ask for fewer --events."
            )
        with EmbeddedPostgres(folder / "postgres") as server:
            owner, app, clicks = server.urls
            environ = {**os.environ, **load_or_make_keys(folder), "ADVOCACY_HOME": str(folder)}
            environ |= {"DATABASE_URL": app, "DATABASE_OWNER_URL": owner, "DATABASE_REDIRECT_URL": clicks}
            environ |= {"REDIS_URL": "redis://127.0.0.1:1/0", "ADVOCACY_LOG_LEVEL": "warning"}
            upgrade_in_child(environ)
            settings = Settings.from_env(environ)
            preferences.init(settings)
            db.bind(settings, statement_timeout_ms=LONGEST_STATEMENT_MS)
            import_models()
            try:
                yield environ
            finally:
                db.session.remove()
                db.engine().dispose()
