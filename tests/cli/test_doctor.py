"""The doctor looks at mail the way letters leave: with TLS, name and password."""

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from advocacy.cli import doctor
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
    settings = Settings.from_env({**environment, "ADVOCACY_SMTP_URL": url})
    return next(finding for finding in doctor.examine(settings) if finding.check == "mail")


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
