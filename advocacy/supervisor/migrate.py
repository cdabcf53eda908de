"""Bring the database to the newest schema: `python -m advocacy.supervisor.migrate`, as the owner of its tables."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg

from advocacy.supervisor.processes import StartError
from config.settings import owner_url_of


def migrations_folder() -> Path:
    """Return where the migrations are, in a checkout or in an installed package, without importing them."""
    found = importlib.util.find_spec("migrations")
    if found is None or not found.submodule_search_locations:
        raise StartError("The migrations are not installed beside this program; install it again.")
    return Path(next(iter(found.submodule_search_locations)))


def is_current(owner_url: str) -> bool:
    """Return whether the database is at the revision this code names as its head. Cheap, for a quick second start."""
    try:
        head = (migrations_folder() / "current_head").read_text(encoding="utf-8").strip()
        with psycopg.connect(owner_url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except (OSError, psycopg.errors.UndefinedTable):
        return False
    except psycopg.OperationalError as error:
        raise StartError(f"The database cannot be reached: {str(error).strip().splitlines()[0]}") from error
    return bool(head) and rows == [(head,)]


def upgrade(owner_url: str) -> None:
    """Run every migration that is missing, in this process."""
    from alembic import command
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(migrations_folder()))
    configuration.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    command.upgrade(configuration, "head")


def upgrade_in_child(environ: Mapping[str, str]) -> None:
    """Run missing migrations in a process of their own, so that their memory is given back. Raises StartError."""
    if is_current(owner_url_of(environ)):
        return
    done = subprocess.run([sys.executable, "-m", "advocacy.supervisor.migrate"], env=dict(environ), check=False)
    if done.returncode:
        raise StartError("The database could not be brought to the newest schema; the reason stands above.")


if __name__ == "__main__":
    upgrade(owner_url_of(os.environ))
