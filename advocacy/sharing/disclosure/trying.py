"""Looking at what holds without posting anything: a case network by network, and a text that is tried."""

from datetime import date
from typing import Any

from flask_babel import gettext as _

from advocacy.foundation.errors import Invalid
from advocacy.people.regions import known_country, known_language
from advocacy.sharing.disclosure.placing import Disclosed, disclose
from advocacy.sharing.disclosure.rulebook import Case, Rulebook, today
from advocacy.sharing.rule_models import Incentive, Relationship
from config.networks import Network, find_network, networks


def rulings_on(
    *,
    country: str | None = None,
    network: str | None = None,
    relationship: Relationship = Relationship.EMPLOYER,
    incentive: Incentive | None = None,
    on: date | None = None,
) -> dict[str, Any]:
    """Return what holds for a case on a day, for every network unless one is named. Raises Invalid."""
    code = checked_country(country)
    wanted = [checked_network(network)] if network else list(networks())
    book = Rulebook.on(on or today())
    won = incentive if incentive is not None else book.incentive
    rulings = [(one, book.ruling_for(Case(code, one, relationship, won))) for one in wanted]
    return {
        "day": book.day,
        "data": [
            {
                "network": one.key,
                "requirement": ruling.requirement,
                "lacks_agreement": ruling.lacks_agreement,
                "rule": ruling.rule,
            }
            for one, ruling in rulings
        ],
    }


def try_text(
    *,
    text: str,
    network: str,
    country: str | None = None,
    language: str | None = None,
    is_product: bool = False,
    incentive: Incentive | None = None,
    discloses: bool = True,
) -> Disclosed:
    """Return what would become of a text today. Raises Invalid naming what is not known."""
    if language and known_language(language) is None:
        raise Invalid.field("language", _("There is no such language."), code="unknown")
    return disclose(
        text.replace("\r\n", "\n").strip(),
        network=checked_network(network),
        country=checked_country(country),
        language=language,
        is_locked=False,
        is_product=is_product,
        is_wanted=discloses,
        incentive=incentive,
    )


def checked_country(country: str | None) -> str | None:
    """Return a country's code, or None for none. Raises Invalid."""
    code = known_country(country) if country else None
    if country and code is None:
        raise Invalid.field("country", _("There is no such country."), code="unknown")
    return code


def checked_network(key: str) -> Network:
    """Return a network. Raises Invalid."""
    found = find_network(key)
    if found is None:
        raise Invalid.field("network", _("There is no such network."), code="unknown")
    return found
