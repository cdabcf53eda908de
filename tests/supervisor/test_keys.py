"""The keys of a deployment are made once and kept."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from advocacy.supervisor.keys import FILE_NAME, load_or_make_keys
from advocacy.supervisor.processes import StartError
from advocacy.supervisor.servers import check_settings, with_keys


def test_keys_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    keys = load_or_make_keys(tmp_path)
    assert load_or_make_keys(tmp_path) == keys
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    Fernet(keys["ADVOCACY_ENCRYPTION_KEYS"])


def test_two_deployments_have_different_keys(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = load_or_make_keys(tmp_path / "a"), load_or_make_keys(tmp_path / "b")
    assert not set(one.values()) & set(other.values())


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"ADVOCACY_SECRET_KEY": "x"}'])
def test_damaged_keys_are_refused_instead_of_replaced(tmp_path: Path, damage: str) -> None:
    (tmp_path / FILE_NAME).write_text(damage)
    with pytest.raises(StartError, match="damaged; put the file back from a backup"):
        load_or_make_keys(tmp_path)
    assert (tmp_path / FILE_NAME).read_text() == damage


def test_a_given_key_wins_and_the_rest_is_made(tmp_path: Path) -> None:
    environ = with_keys({"ADVOCACY_HOME": str(tmp_path), "ADVOCACY_PEPPER": "p" * 40})
    settings = check_settings(environ)
    assert settings.pepper == "p" * 40
    assert len(settings.secret_key) >= 32
