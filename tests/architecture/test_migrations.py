"""The migrations: one head, named in the file that guards it, and the models say the same as the tables."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def configuration(owner_url):
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    return config


def test_there_is_one_head_and_the_file_names_it(configuration):
    heads = ScriptDirectory.from_config(configuration).get_heads()
    named = (ROOT / "migrations" / "current_head").read_text(encoding="utf-8").strip()
    assert heads == [named]


def test_migrations_are_numbered_without_gaps(configuration):
    revisions = sorted(script.revision for script in ScriptDirectory.from_config(configuration).walk_revisions())
    assert revisions == [f"{number:04d}" for number in range(1, len(revisions) + 1)]


def test_models_and_tables_say_the_same(configuration):
    command.check(configuration)
