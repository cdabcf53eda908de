"""A database with the newest schema, made once in a run of the tests and copied where somebody needs own servers."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from advocacy.supervisor.migrate import upgrade_in_child
from advocacy.supervisor.postgres import EmbeddedPostgres

FOLDER = "TEST_CLUSTER_TEMPLATE"
COPIED = ("passwords.json", "server")  # not its port, nor its lock


def make_place() -> Path:
    """Choose where the copy of this run will be, for all of its processes; the caller removes it."""
    folder = Path(tempfile.mkdtemp(prefix="advocacy-template-"))
    folder.chmod(0o711)  # the server's own user passes through
    os.environ[FOLDER] = str(folder)
    return folder


def copy_to(data_folder: Path) -> None:
    """Fill the data folder of a server that was never started. Without a template, the server makes its own schema."""
    if FOLDER not in os.environ:
        return
    original = _made_once(Path(os.environ[FOLDER]))
    if not (original / "server").exists():
        return  # its server lives elsewhere, because its own user cannot come here
    inside = data_folder / "postgres"
    for folder in (data_folder, inside):
        folder.mkdir(mode=0o711)
        folder.chmod(0o711)
    # `cp` keeps the owner, which the server insists on.
    subprocess.run(["cp", "-a", *(str(original / name) for name in COPIED), str(inside)], check=True)


def _made_once(folder: Path) -> Path:
    made = folder / "made"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # others wait for the first one
        if not made.exists():
            _make(folder / "part")
            (folder / "part").rename(made)
    return made / "postgres"


def _make(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)  # of one who was killed over it
    postgres = EmbeddedPostgres(home, durable=False)
    owner, app, _clicks = postgres.start().urls
    try:
        upgrade_in_child({**os.environ, "DATABASE_OWNER_URL": owner, "DATABASE_URL": app})
    finally:
        postgres.stop()
