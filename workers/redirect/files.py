"""Journal files on disk: one folder per life of a process, held by a lock that ends with it."""

import fcntl
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from advocacy.sharing.clicks import journal

LOCK_NAME = "lock"
OPEN_SUFFIX = ".part"
SEALED_SUFFIX = ".sealed"
UNFINISHED_PREFIX = "."
FORGET_UNFINISHED_SECONDS = 3_600
LARGEST_SEGMENT_BYTES = 16_000_000
# A sync of bytes that lie within the file costs the disk less than one that makes the file longer.
FIRST_ROOM_BYTES = 65_536
MOST_ROOM_BYTES = 4_194_304


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Folder:
    """The folder of this process's life. Others may take it over only once its lock is free."""

    def __init__(self, journal_folder: Path) -> None:
        journal_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.life = f"{socket.gethostname()}-{os.getpid()}"
        name = f"{self.life}-{uuid4().hex}"
        unfinished = journal_folder / f"{UNFINISHED_PREFIX}{name}"
        unfinished.mkdir(mode=0o700)
        # Locked before it gets its name: nobody can mistake it for a dead one in between.
        self._lock = os.open(unfinished / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.path = journal_folder / name
        unfinished.rename(self.path)
        _sync_folder(journal_folder)

    def remove(self) -> None:
        """Remove the folder when nothing is left in it, and let go of it in any case."""
        if not any(entry.name != LOCK_NAME for entry in self.path.iterdir()):
            (self.path / LOCK_NAME).unlink(missing_ok=True)
            self.path.rmdir()
        os.close(self._lock)


class JournalFile:
    """The file that is written now. Only the writing thread touches it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.size = 0
        self.began = 0.0
        self._room = 0
        self._descriptor = -1
        self._name = ""

    @property
    def is_open(self) -> bool:
        return self._descriptor >= 0

    def append(self, data: bytes) -> None:
        """Return once the data is on disk. Raises OSError, and then nothing of it counts."""
        if not self.is_open:
            self._open()
        try:
            if self.size + len(data) > self._room:
                self._make_room(len(data))
            _write_all(self._descriptor, data, self.size)
            os.fdatasync(self._descriptor)
        except OSError:
            self._undo()
            raise
        self.size += len(data)

    def seal(self) -> bool:
        """Close the file for good and give it its final name; return whether there was one."""
        if not self.is_open:
            return False
        try:
            os.ftruncate(self._descriptor, self.size)  # the reader does not mind the zeros, should this fail
        finally:
            os.close(self._descriptor)
            self._descriptor = -1
        part = self.folder.path / f"{self._name}{OPEN_SUFFIX}"
        part.rename(part.with_suffix(SEALED_SUFFIX))
        return True

    def _open(self) -> None:
        self._name = f"{self.folder.life}-{uuid4().hex}"
        path = self.folder.path / f"{self._name}{OPEN_SUFFIX}"
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.size = self._room = 0
        try:
            _write_all(self._descriptor, journal.MAGIC, 0)
            self.size = len(journal.MAGIC)
            self._make_room(0)
            _sync_folder(self.folder.path)  # else the name could be gone after a power cut, and the clicks with it
        except OSError:
            os.close(self._descriptor)
            self._descriptor = -1
            path.unlink(missing_ok=True)
            raise
        self.began = time.monotonic()

    def _make_room(self, wanted: int) -> None:
        """Make the file longer with zeros, each time twice as much, so that a quiet hour writes little."""
        grown = max(FIRST_ROOM_BYTES, min(self._room * 2, self._room + MOST_ROOM_BYTES), self.size + wanted)
        begin = max(self._room, self.size)
        _write_all(self._descriptor, bytes(grown - begin), begin)
        os.fsync(self._descriptor)
        self._room = grown

    def _undo(self) -> None:
        """Cut what a failed write left, so that later frames stay readable; give the file up if even that fails."""
        try:
            os.ftruncate(self._descriptor, self.size)
            self._room = self.size
            os.fdatasync(self._descriptor)
        except OSError:
            self.seal()


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    written = os.pwrite(descriptor, data, at)
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], at + written)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file ready to be sent: its name is the segment's name for ever."""

    path: Path
    torn_bytes: int = 0

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(SEALED_SUFFIX)


def sealed_in(folder: Path) -> list[Sealed]:
    """Return the sealed files of a folder, oldest first."""
    try:
        found = [path for path in folder.iterdir() if path.name.endswith(SEALED_SUFFIX)]
        return [Sealed(path) for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]
    except FileNotFoundError:
        return []


class Orphan:
    """The folder of a process that is gone, taken over. Close it in any case."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    def seal(self) -> list[Sealed]:
        """Cut torn tails, seal what was open, and return everything there is to send."""
        torn = {}
        for part in self.path.glob(f"*{OPEN_SUFFIX}"):
            body = part.read_bytes()
            sound = journal.sound_length(body)
            if sound <= len(journal.MAGIC):
                part.unlink()
                continue
            sealed = part.with_suffix(SEALED_SUFFIX)
            if sound < len(body):
                torn[sealed.name] = journal.torn_length(body, sound)
                with open(part, "r+b") as file:
                    file.truncate(sound)
                    os.fsync(file.fileno())
            part.rename(sealed)
        return [Sealed(found.path, torn.get(found.path.name, 0)) for found in sealed_in(self.path)]

    def remove(self) -> None:
        """Remove the folder if it is empty."""
        if not any(entry.name != LOCK_NAME for entry in self.path.iterdir()):
            (self.path / LOCK_NAME).unlink(missing_ok=True)
            self.path.rmdir()

    def close(self) -> None:
        os.close(self._lock)


def orphans(journal_folder: Path, own: Folder) -> list[Orphan]:
    """Take over the folders whose process is gone: the kernel lets go of a lock when its holder ends, however."""
    taken = []
    for path in sorted(journal_folder.iterdir()):
        if path == own.path or not path.is_dir():
            continue
        if path.name.startswith(UNFINISHED_PREFIX):
            _forget_unfinished(path)
            continue
        try:
            lock = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        if path.exists():
            taken.append(Orphan(path, lock))
        else:
            os.close(lock)
    return taken


def _forget_unfinished(path: Path) -> None:
    """Remove a folder whose process ended before it had a name; it never held a click."""
    try:
        if time.time() - path.stat().st_mtime > FORGET_UNFINISHED_SECONDS:
            (path / LOCK_NAME).unlink(missing_ok=True)
            path.rmdir()
    except OSError:
        return
