"""One metric as a file: a row a point, written while it is read, so that a long range needs no memory."""

import csv
import importlib.util
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, text

from advocacy.foundation import db
from advocacy.foundation.errors import NotBuiltIn
from advocacy.measurement import reading
from advocacy.measurement.catalogue import Metric
from advocacy.measurement.reading import Asked, Point

MEDIA = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
SLICE_DAYS = 31
# Of days, and as many of weeks and months: somebody who wants a file wants more than a page can draw.
MOST_ROWS = 800
COLUMNS = (
    "metric", "version", "definition", "on", "unit_id", "unit", "network", "cohort", "value", "numerator",
    "denominator", "n", "low", "high", "reason", "evidence", "as_of", "state", "told_on",
    "small_sample",
)  # fmt: skip
# What a spreadsheet would take for a formula at the beginning of a cell.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def rows_of(metric: Metric, asked: Asked) -> Iterator[dict[str, Any]]:
    """Yield a metric's points as rows, a month of days at a time, on a read-only connection of their own."""
    with _reading_connection() as connection:
        for piece in _slices(asked):
            for point in reading.read(connection, metric, piece):
                yield _row(metric, point)


def as_file(kind: str, rows: Iterator[dict[str, Any]]) -> Iterator[Any]:
    """Yield a file of one of `MEDIA`. Raises NotBuiltIn, before anything is written, for what this server cannot."""
    return as_parquet(rows) if kind == "parquet" else as_csv(rows)


def named(key: str, kind: str) -> dict[str, str]:
    """Return the headers that give a file its name."""
    return {"Content-Disposition": f'attachment; filename="{key}.{kind}"'}


def as_csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180, UTF-8) that no spreadsheet runs as formulas."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(value) for name, value in row.items()})
        yield _drained(buffer)
    yield _drained(buffer)


def as_parquet(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Return the bytes of a Parquet file, a row group a slice. Raises NotBuiltIn without the `parquet` extra."""
    if importlib.util.find_spec("pyarrow") is None:
        raise NotBuiltIn(_("Parquet needs the extra `parquet` on the server. Ask for CSV, or install it."))
    return _parquet(rows)


def _parquet(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    import pyarrow
    from pyarrow import parquet

    instant = pyarrow.timestamp("us", tz="UTC")
    kinds = {"version": pyarrow.int32(), "on": pyarrow.date32(), "as_of": instant, "told_on": pyarrow.date32()}
    kinds["small_sample"] = pyarrow.bool_()
    kinds |= dict.fromkeys(("numerator", "denominator", "n"), pyarrow.int64())
    kinds |= dict.fromkeys(("value", "low", "high"), pyarrow.float64())
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in COLUMNS])
    sink = io.BytesIO()
    done = 0
    with parquet.ParquetWriter(sink, schema) as writer:
        for group in _groups(rows, 10_000):
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
            done = yield from _since(sink, done)
    yield from _since(sink, done)


def _since(sink: io.BytesIO, done: int) -> Any:
    written = sink.getbuffer()[done:].tobytes()
    if written:
        yield written
    return done + len(written)


def _groups(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    for row in rows:
        group.append(row)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def _row(metric: Metric, point: Point) -> dict[str, Any]:
    return {
        "metric": metric.key,
        "version": metric.version,
        "definition": metric.definition_hash,
        "on": point.on,
        "unit_id": str(point.piece.unit_id) if point.piece.unit_id is not None else None,
        "unit": point.piece.unit_name,
        "network": point.piece.network,
        "cohort": point.piece.cohort,
        "value": float(point.value) if point.value is not None else None,
        "numerator": point.numerator,
        "denominator": point.denominator,
        "n": point.n,
        "low": point.low,
        "high": point.high,
        "reason": point.reason,
        "evidence": metric.evidence,
        "as_of": point.as_of,
        "state": point.state,
        "told_on": point.told_on,
        "small_sample": point.is_small_sample,
    }


def _harmless(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _drained(buffer: io.StringIO) -> str:
    written = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return written


def _slices(asked: Asked) -> Iterator[Asked]:
    """Yield a long range of days in pieces; anything else is one."""
    if asked.by != "day":
        yield asked
        return
    first = asked.first
    while first <= asked.last:
        last: date = min(first + timedelta(days=SLICE_DAYS - 1), asked.last)
        yield replace(asked, first=first, last=last)
        first = last + timedelta(days=1)


@contextmanager
def _reading_connection() -> Iterator[Connection]:
    """Give a connection that the request's own session does not hold: the answer goes on after the request ended."""
    with db.reporting_engine().connect() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))  # an option would turn itself back, which no replica can
        yield connection
