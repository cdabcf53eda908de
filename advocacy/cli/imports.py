"""`advocacy import WHAT FILE`: what other systems know. Each kind of file is loaded when it is used."""

import importlib

import click

# What can be imported: module and attribute of the click command.
KINDS: dict[str, str] = {
    "applications": "advocacy.cli.recruiting:import_applications",
    "openings": "advocacy.cli.recruiting:import_openings",
    "people": "advocacy.cli.people:import_people",
}


class Kinds(click.Group):
    """The table above as a click group."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return sorted(KINDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in KINDS:
            return None
        module, attribute = KINDS[name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group("import", cls=Kinds)
def imports() -> None:
    """Bring in what other systems know: people out of an HR export."""
