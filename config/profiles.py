"""How people on networks are named by one canonical id. One data file, `profiles.toml`, also for the browser."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Letters = Literal["any", "ascii"]


@dataclass(frozen=True, slots=True)
class ProfileForm:
    """The form of ids on one network: `prefix` and a handle; `hosts` and `path` say where it stands in an address."""

    network: str
    prefix: str
    hosts: tuple[str, ...]
    path: str
    letters: Letters
    longest: int
    example: str


@cache
def profile_forms() -> dict[str, ProfileForm]:
    """Return the forms by the network's key. A network without one cannot be compared."""
    entries = tomllib.loads(Path(__file__).with_name("profiles.toml").read_text(encoding="utf-8"))["profile"]
    return {entry["network"]: ProfileForm(**{**entry, "hosts": tuple(entry["hosts"])}) for entry in entries}
