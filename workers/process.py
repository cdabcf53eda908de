"""The shared start of every background process: settings, logs, database, all tables known."""

import importlib

import structlog

from advocacy.foundation import db, failpoints, logs, preferences
from advocacy.foundation.tables import import_models
from config.jobs import JOBS
from config.settings import Settings

STATEMENT_TIMEOUT_MS = 30_000  # a job that may run longer asks for more by its own timeout

log = structlog.get_logger("workers.process")


def start(name: str) -> Settings:
    """Make this process ready to work and return its settings. Raises SettingsError with all problems at once."""
    settings = Settings.from_env()
    logs.configure(settings, name)
    failpoints.init(settings)
    preferences.init(settings)
    db.bind(settings, statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    import_models()
    return settings


def import_jobs() -> None:
    """Import every module that holds a job, so that a forked run has nothing left to load."""
    for capability in sorted({job.capability for job in JOBS}):
        try:
            importlib.import_module(f"workers.{capability}")
        except ModuleNotFoundError as error:
            if error.name != f"workers.{capability}":
                raise
            log.error("jobs_missing", name=error.name)
