"""Networks and disclosure rules: what holds where and why, trying a text, and rules and words from a day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.identity.queries import names_of_accounts
from advocacy.people.queries.roster import places_and_languages
from advocacy.people.regions import known_country
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.comms.labels import country_name, language_name, language_options
from advocacy.portal.pages import FormErrors, form_page, load_form, page
from advocacy.sharing.channels import measure
from advocacy.sharing.disclosure import Case, Disclosed, Rulebook, Ruling, changing, explain, today
from advocacy.sharing.disclosure.defaults import DEFAULT_WORDINGS, NEED_AGREEMENT
from advocacy.sharing.disclosure.rulebook import default_rules, rule_of
from advocacy.sharing.disclosure.trying import checked_network, try_text
from advocacy.sharing.disclosure_schemas import DisclosureRuleIn, WordingIn
from advocacy.sharing.limits import LONGEST_WORDING
from advocacy.sharing.rule_models import Incentive, Relationship, Requirement, Statement
from config.networks import Network, networks

LONGEST_TRY = 10_000


def requirement_name(requirement: Requirement) -> str:
    return {
        Requirement.REQUIRED: _("Required"),
        Requirement.OWN_CHOICE: _("Author's choice"),
        Requirement.NOT_NEEDED: _("Not needed"),
    }[requirement]


def relationship_name(relationship: Relationship) -> str:
    return {
        Relationship.EMPLOYER: _("about working here"),
        Relationship.PRODUCT: _("about a product or service"),
    }[relationship]


def incentive_name(incentive: Incentive) -> str:
    return {Incentive.NONE: _("nothing to win"), Incentive.PRIZE: _("something to win")}[incentive]


def statement_name(says: Statement) -> str:
    return {Statement.EMPLOYER: _("That one works here"), Statement.PRIZE: _("That one can win something")}[says]


@dataclass(frozen=True, slots=True)
class Row:
    """One country of the matrix with a ruling for each group of networks. Without a country: everywhere else."""

    country: str | None
    rulings: tuple[Ruling, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """What holds for one kind of post on a day. Networks that are treated alike in every country share a column."""

    day: date
    relationship: Relationship
    incentive: Incentive
    columns: tuple[tuple[Network, ...], ...]
    rows: tuple[Row, ...]


def matrix(book: Rulebook, countries: Sequence[str], relationship: Relationship, incentive: Incentive) -> Matrix:
    """Work out the ruling of every country and network, and put alike columns together."""
    lines: list[str | None] = [*countries, None]
    columns: dict[tuple[tuple[str, Requirement], ...], list[Network]] = {}
    by_network: dict[str, list[Ruling]] = {}
    for network in networks():
        rulings = [book.ruling_for(Case(country, network, relationship, incentive)) for country in lines]
        by_network[network.key] = rulings
        columns.setdefault(tuple((one.rule.name, one.requirement) for one in rulings), []).append(network)
    groups = tuple(tuple(group) for group in sorted(columns.values(), key=len, reverse=True))
    rows = tuple(
        Row(country, tuple(by_network[group[0].key][line] for group in groups)) for line, country in enumerate(lines)
    )
    return Matrix(book.day, relationship, incentive, groups, rows)


def _matrix() -> Matrix:
    """Return the matrix that was asked for; what nobody could mean is read as today's plain case."""
    try:
        day = date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        day = today()
    book, wanted = Rulebook.on(day), request.args.get("incentive", "")
    countries = {rule.country for rule in book.rules if rule.country} | set(places_and_languages()[0])
    return matrix(
        book,
        sorted(countries, key=country_name),
        Relationship.PRODUCT if request.args.get("relationship") == "product" else Relationship.EMPLOYER,
        Incentive(wanted) if wanted in set(Incentive) else book.incentive,
    )


def _disclosure_page(errors: FormErrors | None = None, *, opens: str = "", status: int | None = None) -> Response:
    rules, wordings = changing.own_rules(), changing.own_wordings()
    places, languages = places_and_languages()
    codes = sorted({*places, *NEED_AGREEMENT, "US", "GB", *_named_countries()}, key=country_name)
    answer = form_page(
        "administration/disclosure.html",
        errors or FormErrors(),
        matrix=_matrix(),
        rules=[(row, rule_of(row)) for row in rules],
        delivered=default_rules(),
        wordings=wordings,
        delivered_words=DEFAULT_WORDINGS,
        authors=names_of_accounts({row.created_by for row in rules} | {row.created_by for row in wordings}),
        networks=networks(),
        longest_wording=LONGEST_WORDING,
        today=today(),
        opens=opens,
        country_options=[(code, country_name(code)) for code in codes],
        network_options=[(network.key, network.name) for network in networks()],
        language_options=language_options(*languages),
        requirements=list(Requirement),
        relationships=[(kind.value, relationship_name(kind)) for kind in Relationship],
        incentives=[(kind.value, incentive_name(kind)) for kind in Incentive],
        statements=[(kind.value, statement_name(kind)) for kind in Statement],
        requirement_name=requirement_name,
        relationship_name=relationship_name,
        incentive_name=incentive_name,
        statement_name=statement_name,
        country_name=country_name,
        language_name=language_name,
        may_write=current_actor().may(Permission.SETTINGS_WRITE),
    )
    answer.status_code = status or answer.status_code
    return answer


def _named_countries() -> set[str]:
    return {code for code in (known_country(request.form.get("country", "")),) if code}


@blueprint.get("/settings/disclosure")
@requires(Permission.SETTINGS_READ)
def disclosure() -> Response:
    return _disclosure_page()


@blueprint.post("/settings/disclosure/rules")
@requires(Permission.SETTINGS_WRITE)
def add_rule() -> AnyResponse:
    return _added(DisclosureRuleIn(), changing.add_rule, _("The rule is on record, and holds from its day on."), "rule")


@blueprint.post("/settings/disclosure/wordings")
@requires(Permission.SETTINGS_WRITE)
def add_wording() -> AnyResponse:
    return _added(WordingIn(), changing.add_wording, _("The words are on record, and hold from their day on."), "words")


def _added(schema: Schema, add: Any, told: str, opens: str) -> AnyResponse:
    values, errors = load_form(schema)
    if errors:
        return _disclosure_page(errors, opens=opens)
    try:
        add(current_actor(), **values)
    except Invalid as error:
        return _disclosure_page(FormErrors.from_domain(error), opens=opens)
    except Conflict as error:
        return _disclosure_page(FormErrors({"": [error.detail]}), opens=opens, status=error.status)
    flash(told, "success")
    return redirect(url_for("administration.disclosure"))


@blueprint.post("/settings/disclosure/rules/<uuid:rule_id>/end")
@requires(Permission.SETTINGS_WRITE)
def end_rule(rule_id: UUID) -> AnyResponse:
    rule = changing.end_rule(current_actor(), rule_id)
    flash(_("Rule %(number)s holds no more. It stays on record.", number=rule.number), "success")
    return redirect(url_for("administration.disclosure"))


@blueprint.post("/settings/disclosure/wordings/<uuid:wording_id>/end")
@requires(Permission.SETTINGS_WRITE)
def end_wording(wording_id: UUID) -> AnyResponse:
    changing.end_wording(current_actor(), wording_id)
    flash(_("These words hold no more. They stay on record."), "success")
    return redirect(url_for("administration.disclosure"))


@blueprint.post("/settings/disclosure/try")
@requires(Permission.SETTINGS_READ)
def try_disclosure() -> Response:
    """Answer what would become of a text. Nothing of it is kept."""
    try:
        network = checked_network(request.form.get("try_network", ""))
        found = try_text(
            text=request.form.get("try_text", "")[:LONGEST_TRY],
            network=network.key,
            country=request.form.get("try_country") or None,
            language=request.form.get("try_language") or None,
            is_product=request.form.get("try_product") == "yes",
            incentive=Incentive.PRIZE if request.form.get("try_prize") == "yes" else Incentive.NONE,
        )
    except Invalid as error:
        return page("administration/tried.html", problem=error.detail, found=None)
    return page("administration/tried.html", problem=None, **_told(found, network))


def _told(found: Disclosed, network: Network) -> dict[str, Any]:
    state, text = explain(found)
    measured = measure(found.text, None, network)
    return {
        "found": found,
        "network": network,
        "measured": measured,
        "checks": [{"state": state, "text": text}],
        "requirement_name": requirement_name,
    }
