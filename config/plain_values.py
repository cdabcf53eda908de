"""Plain values of settings. Each reader returns what it means, and raises ValueError when it means nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SPOKEN = ("en", "de", "es")


def one_of(*allowed: str) -> Callable[[str], Any]:
    def parse(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(raw)
        return raw

    return parse


def at_least(floor: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        number = int(raw)
        if number < floor:
            raise ValueError(raw)
        return number

    return parse


def one_line(raw: str) -> str:
    if not raw.isprintable():
        raise ValueError(raw)
    return raw


def folder_of(raw: str) -> Path:
    try:
        return Path(raw).expanduser().absolute()
    except RuntimeError as error:  # the home of somebody who has none
        raise ValueError(raw) from error


def zone_of(raw: str) -> str:
    try:
        return ZoneInfo(raw).key
    except (LookupError, OSError) as error:  # OSError: a folder of zones, such as Europe
        raise ValueError(raw) from error


def language_of(raw: str) -> str:
    """Return a language that pages can be shown in. With a country or a script they could not."""
    if raw in SPOKEN:
        return raw
    from babel import Locale, UnknownLocaleError  # only where it is needed: it takes long to load

    try:
        known = Locale.parse(raw).language
    except UnknownLocaleError as error:
        raise ValueError(raw) from error
    if raw != known:
        raise ValueError(raw)
    return raw
