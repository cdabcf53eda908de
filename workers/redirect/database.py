"""One connection to PostgreSQL that may be away: it fails quickly, backs off, and comes back by itself."""

import asyncio
import time
from typing import Any, LiteralString

import psycopg
import structlog

log = structlog.get_logger("redirect.database")

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
CONNECT_SECONDS = 3


class DatabaseAwayError(Exception):
    """PostgreSQL does not answer now."""


class Database:
    """Asks one question at a time over one connection, in autocommit."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self.is_away = False
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._timeout = timeout_seconds
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._lock = asyncio.Lock()
        self._pause = 0.0
        self._not_before = 0.0

    async def ask(self, statement: LiteralString, parameters: Any = ()) -> list[Any]:
        """Return the rows of a statement. Raises DatabaseAwayError; other errors of PostgreSQL pass through."""
        async with self._lock:
            if time.monotonic() < self._not_before:
                raise DatabaseAwayError
            try:
                async with asyncio.timeout(self._timeout + CONNECT_SECONDS):
                    rows = await self._ask(statement, parameters)
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError, TimeoutError) as error:
                await self._back_off(error)
                raise DatabaseAwayError from error
            if self.is_away:
                log.info("database_is_back")
            self.is_away, self._pause = False, 0.0
            return rows

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _ask(self, statement: LiteralString, parameters: Any) -> list[Any]:
        if self._connection is None or self._connection.closed:
            milliseconds = int(self._timeout * 1_000)
            self._connection = await psycopg.AsyncConnection.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                options=f"-c statement_timeout={milliseconds} -c synchronous_commit=on -c timezone=UTC -c jit=off",
            )
        cursor = await self._connection.execute(statement, parameters)
        return await cursor.fetchall() if cursor.description is not None else []

    async def _back_off(self, error: Exception) -> None:
        if not self.is_away:
            log.warning("database_is_away", error=type(error).__name__)
        self.is_away = True
        self._pause = min(max(self._pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        self._not_before = time.monotonic() + self._pause
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
