"""`advocacy config`: the settings, checked and shown without their secrets."""

import click

from advocacy.cli.connection import print_json


@click.group()
def config() -> None:
    """Check and show the settings."""


@config.command()
def check() -> None:
    """Check every setting; exit code 78 with all problems at once."""
    import os

    from advocacy.supervisor.servers import check_settings, with_keys

    check_settings(with_keys(os.environ))
    click.echo("The settings are usable.")


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def show(as_json: bool) -> None:
    """Show every setting in force; secrets and passwords are blanked."""
    from advocacy.supervisor.servers import running_servers

    with running_servers() as running:
        shown = running.settings.redacted()
    if as_json:
        print_json(shown)
    else:
        for name, value in shown.items():
            click.echo(f"{name:<24} {value}")
