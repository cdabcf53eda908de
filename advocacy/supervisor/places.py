"""Where an embedded server lives, as which user it runs, and where its programs are."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from advocacy.supervisor.processes import StartError

# Used only by root, and only when a folder above the data folder is closed to the service user.
FALLBACK = Path("/var/lib/advocacy")


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """The user to which root steps down before it starts a server."""

    name: str
    uid: int
    gid: int


def service_user() -> ServiceUser | None:
    """Return whom root becomes, or None for an ordinary user, who stays who they are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise StartError("Neither a user `postgres` nor a user `nobody` exists; create one or start as an ordinary user.")


def make_home(home: Path) -> Path:
    """Create the data folder. Others may pass through it, never list it; what is secret in it has its own mode."""
    home = home.expanduser().absolute()
    if not home.exists():
        home.mkdir(parents=True)
        home.chmod(0o711)
    return home


def server_folder(home: Path, name: str, user: ServiceUser | None) -> Path:
    """Return the folder that the server owns, made if it is missing. Nobody's other folders are changed."""
    inside = home / name / "server"
    if user is None or _is_reachable(home, user):
        inside.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        inside.parent.chmod(0o711)
        folder = inside
    else:
        folder = fallback_folder(home, name)
        for parent in (FALLBACK, folder.parent):
            parent.mkdir(mode=0o711, exist_ok=True)
            parent.chmod(0o711)
        inside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if user is not None and folder.stat().st_uid != user.uid:
        os.chown(folder, user.uid, user.gid)
    return folder


def fallback_folder(home: Path, name: str) -> Path:
    """Return the place outside the data folder that belongs to it, named by the hash of its path."""
    return FALLBACK / hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16] / name


def remove_fallback(home: Path, name: str, program: str) -> None:
    """Remove what a server and the copy of its program left outside the data folder. For tests."""
    outside = fallback_folder(home, name)
    if os.geteuid() != 0 or not outside.parent.exists():
        return
    shutil.rmtree(outside, ignore_errors=True)
    remove_copies(program, outside.parent)
    if not any(outside.parent.iterdir()):
        outside.parent.rmdir()


def wheel_folder(package: str) -> Path | None:
    """Return where a package is installed without running any of its code, or None."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations)))


def reachable_copy(sources: tuple[Path, ...], program: Path, folder: Path, user: ServiceUser | None) -> Path:
    """Return a path of `program` that the service user can execute.

    A virtual environment below a closed folder (such as root's home) is out of its reach, so the programs are copied,
    side by side because they find their libraries by relative paths. An unfinished copy is never used. Only older
    copies of the same program are removed: another server may be running from its own copy in this folder.
    """
    root = sources[0].parent
    if user is None or _is_reachable(program.parent, user):
        return program
    stamp = hashlib.sha256("|".join(f"{s}:{s.stat().st_mtime_ns}" for s in sources).encode()).hexdigest()[:12]
    copies = copies_of(program.name)
    target = folder / f"{copies}{stamp}"
    if not target.exists():
        part = folder / f"{copies}{stamp}.part"
        shutil.rmtree(part, ignore_errors=True)
        for source in sources:
            ignore = shutil.ignore_patterns("include", "*.a", "__pycache__")
            shutil.copytree(source, part / source.relative_to(root), symlinks=True, ignore=ignore)
        for path in (part, *part.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        part.rename(target)
        remove_copies(program.name, folder, but=target)
    return target / program.relative_to(root)


def copies_of(program: str) -> str:
    """Return how the names of the folders begin that hold copies of this program."""
    return f"{program}-programs-"


def remove_copies(program: str, folder: Path, *, but: Path | None = None) -> None:
    """Remove the copies of this program that `reachable_copy` made in a folder."""
    for old in folder.glob(f"{copies_of(program)}*"):
        if old != but:
            shutil.rmtree(old, ignore_errors=True)


def _is_reachable(folder: Path, user: ServiceUser) -> bool:
    """Return whether this user may pass through the folder and every folder above it."""
    path = folder.resolve()
    return all(_may_pass(step, user) for step in (path, *path.parents))


def _may_pass(folder: Path, user: ServiceUser) -> bool:
    status = folder.stat()
    if status.st_uid == user.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == user.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
