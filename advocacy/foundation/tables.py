"""Every table, whichever capability it belongs to: references between them are found by name."""

import importlib
import importlib.util
import pkgutil

import advocacy


def import_models() -> None:
    """Import the tables of every capability. Called once by each process that works with the database."""
    for found in pkgutil.iter_modules(advocacy.__path__):
        if found.ispkg and importlib.util.find_spec(f"advocacy.{found.name}.models") is not None:
            importlib.import_module(f"advocacy.{found.name}.models")
