"""Networks and how many people follow somebody there: one field each, "500+" allowed."""

import re
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from advocacy.foundation.access import Actor
from advocacy.foundation.errors import Invalid
from advocacy.people import queries, service
from advocacy.people.models import NetworkProfile
from advocacy.portal.pages import FormErrors
from advocacy.portal.presenting import network_icon
from config.networks import Network, networks

LONGEST_ENTRY = 20
# Spaces, points, commas and apostrophes stand between thousands, by country.
SIZE = re.compile(r"(?P<digits>\d{1,10}|\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3}){1,3})[ ]?(?P<floor>\+?)", re.ASCII)
FIRST = ("linkedin",)


@dataclass(frozen=True, slots=True)
class SizeField:
    """One network's line of the form."""

    network: Network
    name: str
    icon: str
    hint: str
    profile: NetworkProfile | None

    @property
    def shown(self) -> str:
        if self.profile is None or self.profile.audience_size is None:
            return ""
        return f"{self.profile.audience_size}{'+' if self.profile.is_floor else ''}"


def size_fields(actor: Actor) -> list[SizeField]:
    """Return a line for each network whose audience can be counted."""
    known = {profile.network: profile for profile in queries.profiles_of(actor)}
    return [
        SizeField(network, f"size_{network.key}", network_icon(network), _hint(network), known.get(network.number))
        for network in networks()
        if network.has_audience
    ]


def _hint(network: Network) -> str:
    return {
        "linkedin": _("On your profile, below your name: connections or followers. If it says 500+, enter 500+."),
        "x": _("On your profile: Followers."),
        "facebook": _("On your profile: Friends. Followers if you let people follow you."),
        "threads": _("On your profile, below your bio: followers."),
        "bluesky": _("On your profile: followers."),
        "mastodon": _("On your profile: Followers."),
        "xing": _("Under Contacts: the number in the heading."),
    }.get(network.key, _("How many people follow you there."))


def parse_size(text: str) -> tuple[int, bool] | None:
    """Return a size and whether it means "at least"; None for an empty entry. Raises ValueError for anything else."""
    cleaned = text.strip()
    if not cleaned:
        return None
    found = SIZE.fullmatch(cleaned) if len(cleaned) <= LONGEST_ENTRY else None
    if found is None:
        raise ValueError(text)
    return int("".join(filter(str.isdecimal, found["digits"]))), bool(found["floor"])


def save_sizes(actor: Actor) -> FormErrors:
    """Keep every size of the submitted form; an emptied one is forgotten. Return what could not be read."""
    errors, wanted = FormErrors(), []
    for field in size_fields(actor):
        if field.name not in request.form:
            continue
        try:
            wanted.append((field, parse_size(request.form[field.name])))
        except ValueError:
            errors[field.name] = [_("Enter a whole number such as 420, or 500+.")]
    if errors:
        return errors
    for field, size in wanted:
        try:
            _save(actor, field, size)
        except Invalid as error:
            errors[field.name] = [error.detail]
    return errors


def _save(actor: Actor, field: SizeField, size: tuple[int, bool] | None) -> None:
    number = field.network.number
    if size is not None:
        handle: Any = field.profile.handle if field.profile is not None else None
        service.set_network_profile(actor, number, audience_size=size[0], is_floor=size[1], handle=handle)
    elif field.profile is not None:
        service.remove_network_profile(actor, number)
