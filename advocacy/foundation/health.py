"""Whether this deployment can serve: the database must be there and fit the code, the queue may be away."""

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from advocacy.foundation import db
from config.settings import Settings

REDIS_TIMEOUT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found. `degraded` names what is away and does not stop the service."""

    is_ready: bool
    revision: str | None
    head: str
    problems: tuple[str, ...]
    degraded: tuple[str, ...]


@cache
def code_head() -> str:
    """Return the schema revision this code was written for, without importing the migrations."""
    found = importlib.util.find_spec("migrations")
    if found is None or not found.submodule_search_locations:
        return ""
    return (Path(next(iter(found.submodule_search_locations))) / "current_head").read_text(encoding="utf-8").strip()


def readiness(settings: Settings) -> Readiness:
    """Ask the database and the queue, each with a short patience. A newer schema is fine: upgrades only add."""
    head, problems, revision = code_head(), [], None
    try:
        with db.engine().connect() as connection:
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        if revision is None or revision < head:
            problems.append("schema")
    except SQLAlchemyError:
        problems.append("database")
    degraded = () if _redis_answers(settings.redis_url) else ("redis",)
    return Readiness(not problems, revision, head, tuple(problems), degraded)


def _redis_answers(url: str) -> bool:
    client = redis.Redis.from_url(
        url, socket_timeout=REDIS_TIMEOUT_SECONDS, socket_connect_timeout=REDIS_TIMEOUT_SECONDS
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
