"""Where servers live: copies of programs that a service user cannot reach where they were installed."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from advocacy.supervisor.places import ServiceUser, reachable_copy, remove_copies

SERVICE = ServiceUser("nobody", 65534, 65534)


@pytest.fixture
def installed() -> Iterator[Path]:
    """Give a closed folder with two programs in it, as a virtual environment below root's home would be."""
    with tempfile.TemporaryDirectory() as folder:
        closed = Path(folder) / "closed"
        for name in ("postgres", "valkey-server"):
            (closed / name / "bin").mkdir(parents=True)
            (closed / name / "bin" / name).write_text(name)
        closed.chmod(0o700)
        yield closed


def copied(installed: Path, name: str, to: Path) -> Path:
    return reachable_copy((installed / name,), installed / name / "bin" / name, to, SERVICE)


def test_one_servers_copy_leaves_the_other_servers_copy_alone(installed: Path, tmp_path: Path) -> None:
    postgres = copied(installed, "postgres", tmp_path)
    valkey = copied(installed, "valkey-server", tmp_path)
    assert (postgres.read_text(), valkey.read_text()) == ("postgres", "valkey-server")


def test_a_newer_program_takes_the_place_of_its_older_copy(installed: Path, tmp_path: Path) -> None:
    old = copied(installed, "postgres", tmp_path)
    valkey = copied(installed, "valkey-server", tmp_path)
    os.utime(installed / "postgres", ns=(1, 1))
    new = copied(installed, "postgres", tmp_path)
    assert new != old
    assert not old.exists()
    assert valkey.exists()
    remove_copies("postgres", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [valkey.parents[2].name]
