"""Group commit: clicks that arrive while the disk is busy go to disk together, and are answered after that."""

import asyncio
import queue
import threading
import time
from typing import Protocol

import structlog

from workers.redirect.files import LARGEST_SEGMENT_BYTES, Folder, JournalFile

log = structlog.get_logger("redirect.recorder")

SEAL_SECONDS = 2.0
COMPLAIN_SECONDS = 5.0


class Answerable(Protocol):
    """Whoever waits for an answer. It may have left meanwhile, and must not mind being answered all the same."""

    def answer(self, response: bytes) -> None: ...


Waiting = list[tuple[Answerable, bytes]]
_SEAL, _STOP = "seal", "stop"


class Recorder:
    """Puts clicks on disk and answers them. All but `_work` runs in the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, folder: Folder) -> None:
        self.recorded = 0
        self.unrecorded = 0
        self.sealed = asyncio.Event()
        self._loop = loop
        self._frames: list[bytes] = []
        self._waiting: Waiting = []
        self._is_writing = False
        self._orders: queue.SimpleQueue[tuple[list[bytes], Waiting] | str] = queue.SimpleQueue()
        self._file = JournalFile(folder)
        self._complained = -COMPLAIN_SECONDS
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def add(self, frame: bytes, who: Answerable, response: bytes) -> None:
        """Have one click recorded, and answered once it is on disk."""
        self._frames.append(frame)
        self._waiting.append((who, response))
        if not self._is_writing:
            self._is_writing = True
            self._loop.call_soon(self._send)  # what else this turn of the loop brings joins the group

    def seal_if_due(self) -> None:
        """Seal the file when it is old or large enough, so that its clicks can be counted."""
        file = self._file
        if file.is_open and (time.monotonic() - file.began >= SEAL_SECONDS or file.size >= LARGEST_SEGMENT_BYTES):
            self._orders.put(_SEAL)

    async def stop(self) -> None:
        """Finish what waits, seal, and end the thread."""
        while self._is_writing:
            await asyncio.sleep(0.005)
        self._orders.put(_STOP)
        await asyncio.to_thread(self._thread.join)

    def _send(self) -> None:
        frames, waiting = self._frames, self._waiting
        self._frames, self._waiting = [], []
        self._orders.put((frames, waiting))

    def _done(self, waiting: Waiting, error: OSError | None) -> None:
        if error is None:
            self.recorded += len(waiting)
        else:
            self.unrecorded += len(waiting)
            self._complain(error)
        # The next group starts before this one is answered: disk and network work at the same time.
        if self._frames:
            self._send()
        else:
            self._is_writing = False
        for who, response in waiting:
            who.answer(response)

    def _complain(self, error: OSError) -> None:
        now = time.monotonic()
        if now - self._complained >= COMPLAIN_SECONDS:
            self._complained = now
            log.error("clicks_unrecorded", count=self.unrecorded, error=error.strerror)

    def _work(self) -> None:
        """Write group after group. Runs in a thread of its own, because a sync waits for the disk."""
        get, file = self._orders.get, self._file
        call = self._loop.call_soon_threadsafe
        while True:
            order = get()
            if isinstance(order, str):
                if self._seal():
                    call(self.sealed.set)
                if order == _STOP:
                    return
                continue
            frames, waiting = order
            error = None
            try:
                file.append(b"".join(frames))
            except OSError as problem:
                error = problem
            call(self._done, waiting, error)

    def _seal(self) -> bool:
        try:
            return self._file.seal()
        except OSError as error:
            log.error("journal_not_sealed", error=error.strerror)
            return False
