"""Which items need whose approval before they go out, and by when."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import queries, reviewing
from advocacy.content.models import ItemKind
from advocacy.content.review_models import Business, ReviewRule
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.identity.queries import approvers
from advocacy.people.queries import topics
from advocacy.people.queries.roster import places_and_languages
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.comms.labels import country_name, kind_name
from advocacy.portal.pages import FormErrors, form_page

LISTS = ("kinds", "topic_ids", "countries", "desk_account_ids", "deputy_account_ids")


def _rules_page(errors: FormErrors | None = None) -> Response:
    actor, people = current_actor(), approvers()
    return form_page(
        "administration/review_rules.html",
        errors or FormErrors(),
        rules=[(rule, _in_words(rule, people)) for rule in reviewing.rules_in_force()],
        may_write=actor.may(Permission.SETTINGS_WRITE),
        kinds=[{"value": kind.value, "label": kind_name(kind)} for kind in ItemKind],
        topics=[{"value": str(topic.id), "label": topic.name} for topic in topics()],
        countries=[{"value": code, "label": country_name(code)} for code in places_and_languages()[0]],
        campaigns=[(str(campaign.id), campaign.name) for campaign in queries.campaigns_in_use(actor)],
        people=[{"value": str(id_), "label": name} for id_, name in people.items()],
        business=[("product", _("About a product or service")), ("non_business", _("Nothing about our business"))],
    )


def _in_words(rule: ReviewRule, people: dict[UUID, str]) -> list[str]:
    """Return when a rule applies and what it asks, in short sentences."""
    names = {topic.key: topic.name for topic in topics()}
    found = [kind_name(ItemKind(kind)) for kind in rule.kinds]
    found += [names[key] for key in rule.topic_keys if key in names]
    found += [country_name(code) for code in rule.countries]
    found += [_("says “%(word)s”", word=word) for word in rule.words]
    campaign = queries.find_campaign(rule.campaign_key)
    if campaign is not None:
        found.append(campaign.name)
    if rule.business is not None:
        product, other = _("about a product or service"), _("nothing about our business")
        found.append(product if rule.business is Business.PRODUCT else other)
    if rule.desk:
        members = [people[id_] for id_ in rule.desk_account_ids if id_ in people]
        found.append(f"{rule.desk}: {', '.join(members)}")
    return found


@blueprint.get("/settings/review")
@requires(Permission.SETTINGS_READ)
def review_rules() -> Response:
    return _rules_page()


@blueprint.post("/settings/review")
@requires(Permission.SETTINGS_WRITE)
def add_review_rule() -> AnyResponse:
    try:
        reviewing.add_rule(current_actor(), **_typed())
    except Invalid as error:
        return _rules_page(FormErrors.from_domain(error))
    flash(_("The rule is in force for what is sent on from now."), "success")
    return redirect(url_for("administration.review_rules"))


@blueprint.post("/settings/review/<uuid:rule_id>/end")
@requires(Permission.SETTINGS_WRITE)
def end_review_rule(rule_id: UUID) -> AnyResponse:
    reviewing.end_rule(current_actor(), rule_id)
    flash(_("The rule is out of force. What was sent on under it keeps what it asked."), "success")
    return redirect(url_for("administration.review_rules"))


def _typed() -> dict[str, Any]:
    form = request.form
    try:
        return {
            "name": form.get("name", ""),
            "approvals": int(form.get("approvals", "")),
            "due_hours": int(form.get("due_hours") or reviewing.USUAL_HOURS),
            "kinds": [ItemKind(kind) for kind in form.getlist("kinds")],
            "topic_ids": [UUID(value) for value in form.getlist("topic_ids")],
            "countries": form.getlist("countries"),
            "campaign_id": UUID(form["campaign_id"]) if form.get("campaign_id") else None,
            "words": form.get("words", "").splitlines(),
            "business": Business(form["business"]) if form.get("business") else None,
            "desk": form.get("desk") or None,
            "desk_account_ids": [UUID(value) for value in form.getlist("desk_account_ids")],
            "deputy_account_ids": [UUID(value) for value in form.getlist("deputy_account_ids")],
        }
    except ValueError as error:
        raise Invalid.field("approvals", _("Choose from the lists, and enter whole numbers.")) from error
