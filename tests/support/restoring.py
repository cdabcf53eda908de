"""A copy that is put back, as a savepoint that is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

from advocacy.foundation.db import session as ambient


@contextmanager
def forgotten_by_the_copy() -> Iterator[None]:
    """What is done inside is in no copy that is put back."""
    ambient.flush()
    with ambient.begin_nested() as copy:
        yield
        copy.rollback()
    ambient.expire_all()
