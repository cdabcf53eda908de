"""Writing many rows fast: COPY over the ambient session's own connection, so that all of it is one transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text

from advocacy.foundation.db import session


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Append rows to a table by COPY; return how many."""
    count = 0
    raw = session.connection().connection.driver_connection
    assert raw is not None  # noqa: S101
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def reserve_keys(table: str, count: int) -> list[int]:
    """Take `count` integer keys out of a table's sequence at once; return them in order."""
    taken = session.scalars(
        text("SELECT nextval(pg_get_serial_sequence(:table, 'key')) FROM generate_series(1, :count)"),
        {"table": table, "count": count},
    )
    return [int(key) for key in taken]
