"""The JSON API of sharing. Everything here is one's own."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from advocacy.content.queries import get_live_item
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import Page
from advocacy.foundation.rest import ApiBlueprint, PageFilter, require_match, with_etag
from advocacy.foundation.web import current_actor, requires, signed_in
from advocacy.sharing import corrections, planning, qr_codes, queries, records, service
from advocacy.sharing.captions import caption_for
from advocacy.sharing.correction_models import Correction
from advocacy.sharing.correction_schemas import (
    CorrectionAnswerIn,
    CorrectionIn,
    CorrectionsOut,
    CorrectionStateOut,
)
from advocacy.sharing.disclosure import Disclosed, Rule, changing
from advocacy.sharing.disclosure.rulebook import default_rules, rule_of
from advocacy.sharing.disclosure.trying import rulings_on, try_text
from advocacy.sharing.disclosure_schemas import (
    CaseFilter,
    DisclosureCheckIn,
    DisclosureCheckOut,
    DisclosureRuleIn,
    DisclosureRuleOut,
    DisclosureRulesOut,
    LastDayIn,
    RulingsOut,
    WordingIn,
    WordingOut,
    WordingsOut,
)
from advocacy.sharing.models import EngagementSnapshot
from advocacy.sharing.plan_models import PlannedShare
from advocacy.sharing.plan_schemas import PlanChangeIn, PlanIn, PlanOut
from advocacy.sharing.record_schemas import RecordRequestsOut
from advocacy.sharing.rule_models import DisclosureWording
from advocacy.sharing.schemas import (
    ConfirmationIn,
    EngagementIn,
    EngagementOut,
    NetworksOut,
    QrCodeOut,
    ShareIn,
    ShareOut,
    SuggestionFilter,
    SuggestionOut,
    TextCheckIn,
    TextCheckOut,
)
from advocacy.sharing.text_check import text_check
from config.networks import find_network, networks, version

blueprint = ApiBlueprint("sharing", description="Taking an item to one's own networks in one's own words.")


@blueprint.post("/shares")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(ShareIn)
@blueprint.response(201, ShareOut)
def open_share(share: dict[str, Any]) -> queries.SharedItem:
    """Open a share: returns the tracked link, the final text and the address of the network's dialog."""
    opened = service.open_share(current_actor(), network_key=share.pop("network"), **share)
    return queries.shared_item(opened.share.id, visible_to=current_actor())


@blueprint.get("/shares")
@requires(Permission.SHARES_READ)
@blueprint.arguments(PageFilter, location="query")
@blueprint.pages_of(ShareOut)
def shares(filters: dict[str, Any]) -> Page[queries.SharedItem]:
    """Return one's own shares, newest first."""
    return queries.shares_of(current_actor(), **filters)


@blueprint.get("/shares/<uuid:share_id>")
@requires(Permission.SHARES_READ)
@blueprint.response(200, ShareOut)
def share(share_id: UUID) -> queries.SharedItem:
    """Return one's own share with the clicks on its link."""
    return queries.shared_item(share_id, visible_to=current_actor())


@blueprint.post("/shares/<uuid:share_id>/confirm")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(ConfirmationIn)
@blueprint.response(200, ShareOut)
def confirm(confirmation: dict[str, Any], share_id: UUID) -> queries.SharedItem:
    """Say that one posted it. Repeating changes nothing."""
    service.confirm_share(current_actor(), share_id, **confirmation)
    return queries.shared_item(share_id, visible_to=current_actor())


# --- Sharing later: one is reminded, or it is posted with one's own account where that was asked for.


@blueprint.post("/planned-shares")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(PlanIn)
@blueprint.response(201, PlanOut)
def plan_share(plan: dict[str, Any]) -> Any:
    """Keep words for a moment, at which one is reminded or, with `posts`, they are posted with one's own account.

    Refused in one's quiet hours and after the item's end.
    """
    made = planning.plan_share(current_actor(), network_key=plan.pop("network"), **plan)
    return _plan_answer(made, 201)


@blueprint.get("/planned-shares")
@requires(Permission.SHARES_READ)
@blueprint.arguments(PageFilter, location="query")
@blueprint.pages_of(PlanOut)
def planned_shares(filters: dict[str, Any]) -> Page[planning.Shown]:
    """Return what one planned, done with or not, the latest moment first."""
    return planning.plans_of(current_actor(), **filters)


@blueprint.get("/planned-shares/<uuid:plan_id>")
@requires(Permission.SHARES_READ)
@blueprint.response(200, PlanOut)
def planned_share(plan_id: UUID) -> Any:
    """Return one's own planned share."""
    return _plan_answer(queries.get_plan(plan_id, visible_to=current_actor()))


@blueprint.put("/planned-shares/<uuid:plan_id>")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(PlanChangeIn)
@blueprint.response(200, PlanOut)
@blueprint.refusal(412)
@blueprint.refusal(428)
def change_planned_share(plan: dict[str, Any], plan_id: UUID) -> Any:
    """Keep other words or another moment; needs If-Match. It only reminds unless `posts` is asked for again."""
    require_match(queries.get_plan(plan_id, visible_to=current_actor(), lock=True).version)
    changed = planning.change_plan(current_actor(), plan_id, network_key=plan.pop("network"), **plan)
    return _plan_answer(changed)


@blueprint.post("/planned-shares/<uuid:plan_id>/cancel")
@requires(Permission.SHARES_READ)  # nobody needs a right to let something be
@blueprint.response(200, PlanOut)
def cancel_planned_share(plan_id: UUID) -> Any:
    """Let a plan be over. Repeating changes nothing."""
    return _plan_answer(planning.cancel_plan(current_actor(), plan_id))


def _plan_answer(plan: PlannedShare, status: int = 200) -> Any:
    return with_etag(planning.shown(current_actor(), plan), plan.version, status)


@blueprint.put("/shares/<uuid:share_id>/engagement")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(EngagementIn)
@blueprint.response(200, EngagementOut)
def report_engagement(numbers: dict[str, Any], share_id: UUID) -> EngagementSnapshot:
    """Enter what the network shows about the post. Earlier numbers are kept; the latest counts."""
    return service.report_engagement(current_actor(), share_id, **numbers)


@blueprint.get("/feed/<uuid:item_id>/caption")
@requires(Permission.FEED_READ)
@blueprint.arguments(SuggestionFilter, location="query")
@blueprint.response(200, SuggestionOut)
def suggest_caption(filters: dict[str, Any], item_id: UUID) -> dict[str, Any]:
    """Return a wording to start from, if there is one: given to nobody else here until every one was given."""
    actor = current_actor()
    network = find_network(filters["network"])
    if network is None:
        raise NotFound(_("There is no such network."))
    caption = caption_for(actor, get_live_item(item_id, visible_to=actor), network)
    return {"caption_id": caption.id if caption else None, "text": caption.text if caption else None}


@blueprint.post("/feed/<uuid:item_id>/text-check")
@requires(Permission.FEED_READ)
@blueprint.arguments(TextCheckIn)
@blueprint.response(200, TextCheckOut)
def check_text(tried: dict[str, Any], item_id: UUID) -> dict[str, Any]:
    """Say what would become of a text, and how much it is like others' words. Nothing of it is kept or logged."""
    actor = current_actor()
    return text_check(actor, get_live_item(item_id, visible_to=actor), **tried)


@blueprint.get("/networks")
@signed_in
@blueprint.response(200, NetworksOut)
def all_networks() -> dict[str, Any]:
    """Return the networks and their rules."""
    return {"version": version(), "data": networks()}


# --- Codes to scan, with a link of their own.


@blueprint.get("/feed/<uuid:item_id>/qr-code")
@requires(Permission.SHARES_READ)
@blueprint.response(200, QrCodeOut)
@blueprint.refusal(404)
def own_qr_code(item_id: UUID) -> qr_codes.QrCode:
    """Return one's own code for an item, with how often it was followed."""
    return qr_codes.made(qr_codes.find_own(current_actor(), item_id)[1])


@blueprint.post("/feed/<uuid:item_id>/qr-code")
@requires(Permission.SHARES_WRITE)
@blueprint.response(200, QrCodeOut)
def make_own_qr_code(item_id: UUID) -> qr_codes.QrCode:
    """Make one's own code for an item. Repeating gives the same one."""
    return qr_codes.make_own(current_actor(), item_id)


@blueprint.get("/items/<uuid:item_id>/qr-code")
@requires(Permission.CONTENT_READ)
@blueprint.response(200, QrCodeOut)
@blueprint.refusal(404)
def item_qr_code(item_id: UUID) -> qr_codes.QrCode:
    """Return the organisation's code for an item, with how often it was followed."""
    return qr_codes.made(qr_codes.find_for_item(current_actor(), item_id)[1])


@blueprint.post("/items/<uuid:item_id>/qr-code")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(200, QrCodeOut)
def make_item_qr_code(item_id: UUID) -> qr_codes.QrCode:
    """Make the organisation's code for a live item. Repeating gives the same one."""
    return qr_codes.make_for_item(current_actor(), item_id)


# --- Saying where one works. Everybody may read what is asked of them, and why.


@blueprint.get("/disclosure/rules")
@signed_in
@blueprint.response(200, DisclosureRulesOut)
def disclosure_rules() -> dict[str, Any]:
    """Return every rule there ever was: this organisation's, newest first, then those delivered."""
    return {"data": [*map(rule_of, changing.own_rules()), *default_rules()]}


@blueprint.get("/disclosure/rulings")
@signed_in
@blueprint.arguments(CaseFilter, location="query")
@blueprint.response(200, RulingsOut)
def disclosure_rulings(filters: dict[str, Any]) -> dict[str, Any]:
    """Return what holds for a case on a day, network by network, with the rule that says so."""
    return rulings_on(**filters)


@blueprint.post("/disclosure/rules")
@requires(Permission.SETTINGS_WRITE)
@blueprint.arguments(DisclosureRuleIn)
@blueprint.response(201, DisclosureRuleOut)
def add_disclosure_rule(rule: dict[str, Any]) -> Rule:
    """Add a rule from a day on; an earlier one for the same case ends there."""
    return rule_of(changing.add_rule(current_actor(), **rule))


@blueprint.post("/disclosure/rules/<uuid:rule_id>/end")
@requires(Permission.SETTINGS_WRITE)
@blueprint.arguments(LastDayIn)
@blueprint.response(200, DisclosureRuleOut)
def end_disclosure_rule(end: dict[str, Any], rule_id: UUID) -> Rule:
    """End a rule. It stays on record."""
    return rule_of(changing.end_rule(current_actor(), rule_id, **end))


@blueprint.get("/disclosure/wordings")
@signed_in
@blueprint.response(200, WordingsOut)
def disclosure_wordings() -> dict[str, Any]:
    """Return the words this organisation set, newest first; without them those delivered hold."""
    return {"data": changing.own_wordings()}


@blueprint.post("/disclosure/wordings")
@requires(Permission.SETTINGS_WRITE)
@blueprint.arguments(WordingIn)
@blueprint.response(201, WordingOut)
def add_disclosure_wording(wording: dict[str, Any]) -> DisclosureWording:
    """Set the words for a language from a day on."""
    return changing.add_wording(current_actor(), **wording)


@blueprint.post("/disclosure/wordings/<uuid:wording_id>/end")
@requires(Permission.SETTINGS_WRITE)
@blueprint.arguments(LastDayIn)
@blueprint.response(200, WordingOut)
def end_disclosure_wording(end: dict[str, Any], wording_id: UUID) -> DisclosureWording:
    """End own words; those delivered hold again."""
    return changing.end_wording(current_actor(), wording_id, **end)


@blueprint.post("/disclosure/check")
@signed_in
@blueprint.arguments(DisclosureCheckIn)
@blueprint.response(200, DisclosureCheckOut)
def check_disclosure(tried: dict[str, Any]) -> Disclosed:
    """Try a text: what would go out today, and by which rule. Nothing is kept."""
    return try_text(**tried)


# --- Shared texts as evidence: by exception, agreed to by two others, told to the authors.


@blueprint.get("/content/<uuid:item_id>/record-requests")
@requires(Permission.CONTENT_REVIEW)
@blueprint.response(200, RecordRequestsOut)
def list_record_requests(item_id: UUID) -> dict[str, Any]:
    """Return who asked for the shared texts of an item, newest first. The rest is for the portal alone."""
    return {"data": records.requests_of(current_actor(), item_id)}


# --- Posts to mend. Nobody but its author learns whose post it is.


@blueprint.get("/corrections")
@requires(Permission.POSTS_CORRECT)
@blueprint.response(200, CorrectionsOut)
def list_corrections() -> dict[str, Any]:
    """Return what was proposed and asked about posts of one's units, newest first."""
    return {"data": corrections.corrections_for(current_actor())}


@blueprint.post("/corrections")
@requires(Permission.POSTS_CORRECT)
@blueprint.arguments(CorrectionIn)
@blueprint.response(201, CorrectionStateOut)
def propose_correction(wish: dict[str, Any]) -> Correction:
    """Propose to ask the author of a post about a product or service. Two others have to agree."""
    return corrections.propose(current_actor(), **wish)


@blueprint.post("/corrections/<uuid:correction_id>/approve")
@requires(Permission.POSTS_CORRECT)
@blueprint.response(200, CorrectionStateOut)
def approve_correction(correction_id: UUID) -> Correction:
    """Agree. With the second agreement the author is asked."""
    return corrections.approve(current_actor(), correction_id)


@blueprint.post("/corrections/<uuid:correction_id>/drop")
@requires(Permission.POSTS_CORRECT)
@blueprint.response(200, CorrectionStateOut)
def drop_correction(correction_id: UUID) -> Correction:
    """Leave a proposal before anybody was asked."""
    return corrections.drop(current_actor(), correction_id)


@blueprint.get("/me/corrections")
@requires(Permission.SHARES_READ)
@blueprint.response(200, CorrectionsOut)
def asked_corrections() -> dict[str, Any]:
    """Return what one is asked about one's own posts and has not answered."""
    return {"data": corrections.asked_of(current_actor())}


@blueprint.post("/me/corrections/<uuid:correction_id>/answer")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(CorrectionAnswerIn)
@blueprint.response(200, CorrectionStateOut)
def answer_correction(said: dict[str, Any], correction_id: UUID) -> Correction:
    """Say that it is done, or that one cannot."""
    return corrections.answer(current_actor(), correction_id, **said)
