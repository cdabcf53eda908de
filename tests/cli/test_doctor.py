"""The doctor looks at mail the way letters leave, and says of each thing that is broken what to do."""

from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import func, update

from advocacy.cli import doctor
from advocacy.foundation import db, jobs
from advocacy.foundation.models import Task, TaskState
from advocacy.supervisor.processes import free_port
from config.settings import Settings


class Nothing:
    """A mail server that is asked for no letter."""


@pytest.fixture
def port():
    """Return the port of a mail server that knows one name and password."""
    port = free_port()
    controller = Controller(
        Nothing(),
        hostname="127.0.0.1",
        port=port,
        ready_timeout=30,
        auth_require_tls=False,
        authenticator=lambda _server, _session, _envelope, _mechanism, data: AuthResult(
            success=(data.login, data.password) == (b"we", b"p@ss")
        ),
    )
    controller.start()
    yield port
    controller.stop()


def found(environment, url):
    return examined({**environment, "ADVOCACY_SMTP_URL": url})["mail"]


def examined(environ):
    return {finding.check: finding for finding in doctor.examine(Settings.from_env(environ))}


def test_mail_is_well_when_the_server_lets_us_in(committed_database, environment, port):
    assert found(environment, f"smtp://we:p%40ss@127.0.0.1:{port}").is_well


@pytest.mark.parametrize("wrong", ["password", "scheme", "port"])
def test_mail_is_not_well_when_letters_could_not_leave(committed_database, environment, port, wrong):
    url = {
        "password": f"smtp://we:secret-word@127.0.0.1:{port}",
        "scheme": f"smtps://we:p%40ss@127.0.0.1:{port}",
        "port": f"smtp://we:p%40ss@127.0.0.1:{free_port()}",
    }[wrong]
    finding = found(environment, url)
    assert not finding.is_well
    assert "ADVOCACY_SMTP_URL" in finding.advice
    assert "secret-word" not in finding.found


def test_a_database_that_is_away_is_said_once_with_what_to_do(committed_database, environment, settings):
    away = f"postgresql://nobody:secret-word@127.0.0.1:{free_port()}/none"
    environ = {**environment, "DATABASE_URL": away, "DATABASE_OWNER_URL": away}
    db.bind(Settings.from_env(environ))
    try:
        findings = examined(environ)
    finally:
        db.bind(settings)
    assert set(findings) == {"database", "queue", "disk", "mail"}
    assert not findings["database"].is_well
    assert "DATABASE_URL" in findings["database"].advice
    assert "secret-word" not in findings["database"].found


@pytest.mark.parametrize("setting", ["ADVOCACY_HOME", "ADVOCACY_JOURNAL", "ADVOCACY_MAIL_OUTBOX"])
def test_a_folder_that_cannot_be_written_is_named(committed_database, environment, tmp_path, setting):
    (tmp_path / "file").touch()
    finding = examined({**environment, setting: str(tmp_path / "file" / "folder")})["disk"]
    assert not finding.is_well
    assert setting in finding.found
    assert finding.advice


def test_looking_at_the_disk_makes_no_folder(committed_database, environment, tmp_path):
    assert examined({**environment, "ADVOCACY_JOURNAL": str(tmp_path / "a" / "b")})["disk"].is_well
    assert list(tmp_path.iterdir()) == []


def test_what_waits_is_found_by_the_command_that_the_advice_names(committed_database, environment):
    with db.unit_of_work() as session:
        jobs.enqueue("identity.send_link", link_id="1")
        session.execute(update(Task).values(next_attempt_at=func.now() - timedelta(minutes=6)))
    waiting = examined(environment)["background work"]
    assert "tasks list --state ready" in waiting.advice
    with db.unit_of_work() as session:
        session.execute(update(Task).values(state=TaskState.DEAD))
    assert "tasks retry" in examined(environment)["background work"].advice
