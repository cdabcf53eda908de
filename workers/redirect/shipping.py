"""Sealed segments on their way into PostgreSQL: kept until the insert is committed, however long that takes."""

import asyncio
import contextlib
import time
from pathlib import Path

import psycopg
import structlog

from workers.redirect.database import Database, DatabaseAwayError
from workers.redirect.files import Folder, Sealed, orphans, sealed_in
from workers.redirect.recorder import Recorder

log = structlog.get_logger("redirect.shipping")

LOOK_FOR_ORPHANS_SECONDS = 5.0
RETRY_SECONDS = 0.5

_INSERT = "INSERT INTO click_segment (name, body, torn_bytes) VALUES (%s, %s, %s)"


class Shipper:
    """Sends this process's segments, and those of processes that are gone."""

    def __init__(self, database: Database, journal_folder: Path, own: Folder, recorder: Recorder) -> None:
        self.waiting = 0
        self._database = database
        self._journal_folder = journal_folder
        self._own = own
        self._recorder = recorder
        self._looked = -LOOK_FOR_ORPHANS_SECONDS

    async def run(self) -> None:
        """Ship for ever; woken by each sealed segment."""
        while True:
            wait = RETRY_SECONDS if self.waiting else LOOK_FOR_ORPHANS_SECONDS
            # Not wait_for: in Python 3.11 it can swallow a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._recorder.sealed.wait()
            self._recorder.sealed.clear()
            try:
                await self.ship()
            except OSError as error:
                log.error("journal_not_readable", error=error.strerror)

    async def ship(self) -> None:
        """Send what is sealed. What cannot be sent now stays where it is."""
        await self._send(await asyncio.to_thread(sealed_in, self._own.path))
        if time.monotonic() - self._looked >= LOOK_FOR_ORPHANS_SECONDS:
            self._looked = time.monotonic()
            await self._adopt()

    async def _adopt(self) -> None:
        for orphan in await asyncio.to_thread(orphans, self._journal_folder, self._own):
            try:
                found = await asyncio.to_thread(orphan.seal)
                if found:
                    log.info("journal_taken_over", name=orphan.path.name, segments=len(found))
                await self._send(found)
                await asyncio.to_thread(orphan.remove)
            except FileNotFoundError:
                continue  # another process was quicker
            finally:
                orphan.close()

    async def _send(self, segments: list[Sealed]) -> None:
        self.waiting = len(segments)
        for segment in segments:
            try:
                body = await asyncio.to_thread(segment.path.read_bytes)
                with contextlib.suppress(psycopg.errors.UniqueViolation):  # it arrived, and the answer got lost
                    await self._database.ask(_INSERT, (segment.name, body, segment.torn_bytes or None))
            except DatabaseAwayError:
                return
            except psycopg.Error as error:
                log.error("segment_refused", segment=segment.name, error=type(error).__name__)
                return
            await asyncio.to_thread(segment.path.unlink, missing_ok=True)
            self.waiting -= 1
