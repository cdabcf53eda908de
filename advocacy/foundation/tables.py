"""Every table, whichever capability it belongs to: references between them are found by name."""

import importlib
from pathlib import Path

import advocacy


def import_models() -> None:
    """Import the tables of every capability. Called once by each process that works with the database."""
    for folder in advocacy.__path__:
        for found in sorted((*Path(folder).rglob("*models.py"), *Path(folder).rglob("models/__init__.py"))):
            place = found.relative_to(folder).with_suffix("").parts
            importlib.import_module(".".join(("advocacy", *place)).removesuffix(".__init__"))
