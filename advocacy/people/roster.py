"""What a row of the people file must be: one check per column, remembered, because most cells repeat."""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from flask_babel import gettext as _

from advocacy.people import regions
from advocacy.people.roster_file import Columns, Problems, normal_text

PEOPLE = Columns(
    required=("external_id", "email", "name"),
    optional=("title", "language", "country", "time_zone", "hired_on", "left_on", "unit", "unit_id"),
)
UNITS = Columns(required=("unit_id", "name", "parent_unit_id"), optional=())
EMPLOYEE_FIELDS = ("email", "name", "title", "language", "country", "time_zone", "hired_on", "left_on")

LONGEST_NAME = 200
LONGEST_ID = 200
LONGEST_EMAIL = 254
DEEPEST_PATH = 30
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 1, 1)
EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[\w][\w-]{0,61}[\w]")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Unacceptable(Exception):
    """A cell that cannot be used; the text says what would be."""


class Person(NamedTuple):
    """One good row. `unit` is a path or an id, whichever the file uses."""

    line: int
    external_id: str
    email: str
    name: str
    title: str | None
    language: str | None
    country: str | None
    time_zone: str | None
    hired_on: str | None
    left_on: str | None
    unit: str | None


def email(text: str) -> str:
    cleaned = normal_text(text)
    if len(cleaned) > LONGEST_EMAIL or EMAIL.fullmatch(cleaned) is None:
        raise Unacceptable(_("Not an e-mail address. Write one such as ana@example.com."))
    return cleaned


@lru_cache(maxsize=20_000)
def country(text: str) -> str:
    known = regions.known_country(text)
    if known is None:
        raise Unacceptable(
            _("No such country: “%(text)s”. Write the two letters of ISO 3166, such as DE.", text=text[:40])
        )
    return known


@lru_cache(maxsize=20_000)
def language(text: str) -> str:
    known = regions.known_language(text)
    if known is None:
        raise Unacceptable(_("No such language: “%(text)s”. Write a code such as en, de or pt-BR.", text=text[:40]))
    return known


@lru_cache(maxsize=20_000)
def time_zone(text: str) -> str:
    known = regions.known_time_zone(text)
    if known is None:
        raise Unacceptable(
            _("No such time zone: “%(text)s”. Write an IANA name such as Europe/Berlin.", text=text[:40])
        )
    return known


@lru_cache(maxsize=50_000)
def day(text: str) -> str:
    if ISO_DAY.fullmatch(text) is None or not text.isascii():
        raise Unacceptable(_("Not a date: “%(text)s”. Write year, month and day, such as 2026-11-22.", text=text[:40]))
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Unacceptable(_("There is no such day: “%(text)s”.", text=text)) from error
    if not EARLIEST <= found < LATEST:
        raise Unacceptable(
            _("“%(text)s” is not between %(earliest)s and %(latest)s.", text=text, earliest=EARLIEST, latest=LATEST)
        )
    return text


def short_text(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise Unacceptable(
            _(
                "It has %(number)s characters; %(most)s are the most.",
                number=len(text),
                most=LONGEST_NAME,
            )
        )
    return normal_text(text)


def external_id(text: str) -> str:
    if len(text) > LONGEST_ID:
        raise Unacceptable(_("It has %(number)s characters; %(most)s are the most.", number=len(text), most=LONGEST_ID))
    return normal_text(text)


@lru_cache(maxsize=50_000)
def unit_path(text: str) -> str:
    """Return a path in one canonical form: "Meridian Works > Cloud > Lisbon"."""
    parts = [part.strip() for part in text.split(">")]
    if not all(parts):
        raise Unacceptable(_("A unit in the path has no name. Write a path such as “Company > Cloud > Lisbon”."))
    if len(parts) > DEEPEST_PATH:
        raise Unacceptable(
            _(
                "The path has %(number)s levels; %(most)s are the most.",
                number=len(parts),
                most=DEEPEST_PATH,
            )
        )
    if any(len(part) > LONGEST_NAME for part in parts):
        raise Unacceptable(_("A unit's name has more than %(most)s characters.", most=LONGEST_NAME))
    return normal_text(" > ".join(parts))


CHECKS: dict[str, Callable[[str], str]] = {
    "external_id": external_id,
    "email": email,
    "name": short_text,
    "title": short_text,
    "language": language,
    "country": country,
    "time_zone": time_zone,
    "hired_on": day,
    "left_on": day,
    "unit": unit_path,
    "unit_id": external_id,
}


def person(line: int, row: dict[str, str], problems: Problems) -> Person | None:
    """Return the person of a row, or None after telling every problem of the row."""
    before = problems.total
    checked: dict[str, str | None] = dict.fromkeys(PEOPLE.all)
    for column, cell in row.items():
        if cell:
            try:
                checked[column] = CHECKS[column](cell)
            except Unacceptable as problem:
                problems.add(line, column, str(problem))
        elif column in PEOPLE.required:
            problems.add(line, column, _("It is empty."))
    unit = checked["unit"] or checked["unit_id"]
    left_on, hired_on = checked["left_on"], checked["hired_on"]
    if left_on is not None and hired_on is not None and left_on < hired_on:
        problems.add(
            line,
            "left_on",
            _("The last day, %(left_on)s, is before the first, %(hired_on)s.", left_on=left_on, hired_on=hired_on),
        )
    if problems.total > before:
        return None
    return Person(
        line=line,
        external_id=checked["external_id"] or "",
        email=checked["email"] or "",
        name=checked["name"] or "",
        title=checked["title"],
        language=checked["language"],
        country=checked["country"],
        time_zone=checked["time_zone"],
        hired_on=hired_on,
        left_on=left_on,
        unit=unit,
    )
