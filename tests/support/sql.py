"""Counting what a piece of code asks the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


@dataclass
class Queries:
    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def recorded_queries() -> Iterator[Queries]:
    """Give the statements sent while the block runs, without transaction bookkeeping."""
    found = Queries()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(BOOKKEEPING):
            found.statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def max_queries(most: int) -> Iterator[None]:
    """Fail when the block sends more statements than allowed, and show them."""
    with recorded_queries() as found:
        yield
    assert len(found) <= most, f"{len(found)} statements, at most {most} allowed:\n" + "\n".join(
        statement.replace("\n", " ")[:160] for statement in found.statements
    )
