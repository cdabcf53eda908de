"""HR exports as files."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.factories.roster import HEADER


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes rows to a file and returns its path."""

    def make(
        rows: Iterable[Mapping[str, str]],
        header: Sequence[str] = HEADER,
        encoding: str = "utf-8",
        delimiter: str = ",",
        name: str = "people.csv",
    ) -> Path:
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, header, delimiter=delimiter, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        path = tmp_path / name
        path.write_bytes(stream.getvalue().encode(encoding))
        return path

    return make
