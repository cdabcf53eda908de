"""The command line: `advocacy COMMAND`. Commands are loaded when they are used, so that each starts quickly.

Exit codes: 0 done, 1 failed, 2 the command line is wrong, 78 the settings are wrong. With `--json` stdout holds
nothing but JSON; whatever else there is to say goes to stderr.
"""

import importlib
import sys
from typing import Any

import click

FAILED, WRONG_SETTINGS = 1, 78

# Name on the command line: module and attribute of the click command.
COMMANDS: dict[str, str] = {
    "admin": "advocacy.cli.accounts:admin",
    "amplification": "advocacy.cli.measurement:amplification",
    "applications": "advocacy.cli.recruiting:applications",
    "audit": "advocacy.cli.audit:audit",
    "clicks": "advocacy.cli.clicks:clicks",
    "config": "advocacy.cli.configuration:config",
    "db": "advocacy.cli.database:database",
    "demo": "advocacy.cli.demo:demo",
    "docs": "advocacy.cli.docs:docs",
    "doctor": "advocacy.cli.doctor:doctor",
    "import": "advocacy.cli.imports:imports",
    "invite": "advocacy.cli.accounts:invite",
    "openapi": "advocacy.cli.accounts:openapi",
    "rollups": "advocacy.cli.measurement:rollups",
    "scenario": "advocacy.cli.measurement:scenario_command",
    "tasks": "advocacy.cli.tasks:tasks",
    "token": "advocacy.cli.accounts:token",
    "up": "advocacy.cli.up:up",
}


class Commands(click.Group):
    """The table above as a click group; turns known errors into one clear message and an exit code."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            explained = explain(error)
            if explained is None:
                raise
            code, message = explained
            click.echo(message, err=True)
            sys.exit(code)


def explain(error: Exception) -> tuple[int, str] | None:
    """Return the exit code and the message for an error a person can act on, or None for a defect of ours."""
    from advocacy.foundation.errors import AdvocacyError
    from advocacy.supervisor.processes import StartError
    from config.settings import SettingsError

    if isinstance(error, SettingsError):
        return WRONG_SETTINGS, str(error)
    if isinstance(error, StartError):
        return FAILED, str(error)
    if isinstance(error, AdvocacyError):
        fields = [f"  - {problem.pointer}: {problem.detail}" for problem in error.problems]
        return FAILED, "\n".join([error.detail, *fields])
    if type(error).__module__.startswith("sqlalchemy.") and getattr(error, "connection_invalidated", None) is not None:
        from sqlalchemy.exc import OperationalError

        if isinstance(error, OperationalError):
            return FAILED, (
                "The database cannot be reached, or it took too long to answer. Is it running, and is DATABASE_URL "
                "right? `advocacy doctor` says more."
            )
    return None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Run and look after the employee advocacy platform."""
