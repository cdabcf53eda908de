"""Timing statements as the product runs them: prepared by its driver, planned once for any values.

PostgreSQL plans a prepared statement for its values five times, and then once for all. That plan may be another one
than `EXPLAIN` with values shows, so that is not what is measured here.
"""

import re
from typing import Any

import psycopg

NAMED = re.compile(r"%\((\w+)\)s")
PLANNED_FOR_VALUES = 5


class Prepared:
    """Statements with named parameters, each prepared when it is first asked for, on one connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._literals = psycopg.ClientCursor(connection)
        self._names: dict[str, str] = {}

    def milliseconds(self, statement: str, parameters: dict[str, Any]) -> float:
        """Return what running a statement takes inside PostgreSQL, with what planning is left to it."""
        places = list(dict.fromkeys(NAMED.findall(statement)))
        values = ", ".join(self._literals.mogrify("%s", [parameters[name]]) for name in places)
        if statement not in self._names:
            self._names[statement] = f"timed_{len(self._names)}"
            numbered = NAMED.sub(lambda found: f"${places.index(found[1]) + 1}", statement).replace("%%", "%")
            self._connection.execute(f"PREPARE {self._names[statement]} AS {numbered}", prepare=False)
            for _ in range(PLANNED_FOR_VALUES):
                self._run(f"EXECUTE {self._names[statement]}({values})")
        rows = self._run(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) EXECUTE {self._names[statement]}({values})")
        return float(rows[0][0][0]["Planning Time"] + rows[0][0][0]["Execution Time"])

    def _run(self, statement: str) -> list[Any]:
        return self._connection.execute(statement.encode(), prepare=False).fetchall()
