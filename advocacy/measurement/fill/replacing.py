"""Putting a day's new rows in place of its old ones. Of a day that was counted before, only what differs is written.

A running day is counted every few seconds, and hardly any of its rows changes between two counts: writing all of them
again costs more than counting them, and fills the log and the tables with rows that died young.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from advocacy.foundation.db import Base
from advocacy.measurement.rollups import Rollup

# Below this many rows a day, comparing costs more than it saves.
FEW_ROWS = 1_000


def replace_rows(connection: Connection, rollup: Rollup, values: Mapping[str, Any], *, held: int) -> int:
    """Make the rows of a day what its SQL counts now, and return how many there are.

    `values` are the day with its start and end; `held` is how many rows it had when it was counted last, 0 for never.
    """
    if held >= FEW_ROWS:
        return _write_differences(connection, rollup, values)
    connection.execute(text(f"DELETE FROM {rollup.table} WHERE day = :day"), {"day": values["day"]})
    return connection.execute(text(rollup.sql), values).rowcount


def _write_differences(connection: Connection, rollup: Rollup, values: Mapping[str, Any]) -> int:
    table, only_day = rollup.table, {"day": values["day"]}
    columns = Base.metadata.tables[table].columns
    counted = f"{table}_counted"
    connection.execute(text(f"CREATE TEMPORARY TABLE {counted} (LIKE {table}) ON COMMIT DROP"))
    rows = connection.execute(
        text(rollup.sql.replace(f"INSERT INTO {table}", f"INSERT INTO {counted}", 1)), values
    ).rowcount
    same = " AND ".join(f"old.{column.name} = new.{column.name}" for column in columns)
    same_key = " AND ".join(f"old.{column.name} = new.{column.name}" for column in columns if column.primary_key)
    connection.execute(
        text(
            f"DELETE FROM {table} AS old WHERE old.day = :day "
            f"AND NOT EXISTS (SELECT FROM {counted} AS new WHERE {same})"
        ),
        only_day,
    )
    connection.execute(
        text(
            f"INSERT INTO {table} SELECT new.* FROM {counted} AS new "
            f"WHERE NOT EXISTS (SELECT FROM {table} AS old WHERE old.day = :day AND {same_key})"
        ),
        only_day,
    )
    connection.execute(text(f"DROP TABLE {counted}"))
    return rows
