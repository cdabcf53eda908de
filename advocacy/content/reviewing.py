"""Who has to read an item before it goes out: rules, what they ask of a version, and whether it was met."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.content import queries
from advocacy.content.models import Campaign, ContentItem, ContentVersion, Decision, ItemKind, ItemState, Review
from advocacy.content.review_models import Business, ReviewRequest, ReviewRule
from advocacy.foundation import audit, clock, preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, FieldProblem, Invalid, NotFound, NotPermitted
from advocacy.foundation.fields import unfit_character
from advocacy.people.models import Audience, Topic

LONGEST_NAME, LONGEST_WORD, MOST_WORDS = 120, 60, 100
MOST_APPROVALS, MOST_HOURS, USUAL_HOURS = 3, 720, 48
MOST_REMINDED = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a version is: who approved it since it was sent on, what it needs, and desks that have not yet."""

    approvers: frozenset[UUID]
    needs: int
    missing_desks: tuple[str, ...]

    @property
    def has(self) -> int:
        return len(self.approvers)

    @property
    def is_met(self) -> bool:
        return self.has >= self.needs and not self.missing_desks


def rules_in_force() -> list[ReviewRule]:
    return list(
        session.scalars(select(ReviewRule).where(ReviewRule.ended_at.is_(None)).order_by(ReviewRule.created_at))
    )


def add_rule(
    actor: Actor,
    *,
    name: str,
    approvals: int,
    due_hours: int = USUAL_HOURS,
    kinds: Iterable[ItemKind] = (),
    topic_ids: Iterable[UUID] = (),
    campaign_id: UUID | None = None,
    countries: Iterable[str] = (),
    words: Iterable[str] = (),
    business: Business | None = None,
    desk: str | None = None,
    desk_account_ids: Iterable[UUID] = (),
    deputy_account_ids: Iterable[UUID] = (),
) -> ReviewRule:
    """Put a rule in force, for what is sent on from now. Raises NotPermitted, or Invalid naming the fields."""
    require(actor, Permission.SETTINGS_WRITE)
    if actor.account_id is None:
        raise NotPermitted(_("Rules are made by people."))
    problems = []
    title, desk = " ".join(name.split()), " ".join((desk or "").split()) or None
    said = list(dict.fromkeys(word for text in words if (word := " ".join(text.lower().split()))))
    members, deputies = list(dict.fromkeys(desk_account_ids)), list(dict.fromkeys(deputy_account_ids))
    for field, text in (("name", title), ("desk", desk or "-")):
        if not text or len(text) > LONGEST_NAME or unfit_character(text) is not None:
            problems.append(FieldProblem(field, "invalid", _("Write at most %(most)s characters.", most=LONGEST_NAME)))
    if not 0 <= approvals <= MOST_APPROVALS:
        problems.append(FieldProblem("approvals", "invalid", _("Choose 0 to %(most)s.", most=MOST_APPROVALS)))
    if not 1 <= due_hours <= MOST_HOURS:
        problems.append(FieldProblem("due_hours", "invalid", _("Choose 1 to %(most)s hours.", most=MOST_HOURS)))
    if len(said) > MOST_WORDS or any(len(word) > LONGEST_WORD or unfit_character(word) for word in said):
        problems.append(FieldProblem("words", "invalid", _("Name a few words or phrases, one each.")))
    if desk and (not members or not approvals):
        problems.append(FieldProblem("desk_account_ids", "missing", _("Say who decides for it, with an approval.")))
    if approvals == 0 and business is Business.PRODUCT:
        problems.append(
            FieldProblem("approvals", "invalid", _("What is about a product or service is always reviewed."))
        )
    topics = set(topic_ids)
    keys = sorted(session.scalars(select(Topic.key).where(Topic.id.in_(topics))))
    campaign = session.scalar(select(Campaign).where(Campaign.id == campaign_id)) if campaign_id else None
    if len(keys) != len(topics):
        problems.append(FieldProblem("topic_ids", "unknown", _("There is no such topic.")))
    if campaign_id and campaign is None:
        problems.append(FieldProblem("campaign_id", "unknown", _("There is no such campaign.")))
    if problems:
        raise Invalid(_("Some of the rule needs another look."), problems=tuple(problems))
    rule = ReviewRule(
        name=title,
        kinds=sorted({ItemKind(kind).value for kind in kinds}),
        topic_keys=keys,
        campaign_key=campaign.key if campaign is not None else None,
        countries=sorted({country.upper() for country in countries}),
        words=said,
        business=business,
        approvals=approvals,
        desk=desk,
        desk_account_ids=members if desk else [],
        deputy_account_ids=deputies if desk else [],
        due_hours=due_hours,
        created_by=actor.account_id,
    )
    session.add(rule)
    session.flush()
    audit.record(actor, "review_rule.added", subject_kind="review_rule", subject_id=rule.id)
    return rule


def end_rule(actor: Actor, rule_id: UUID) -> None:
    """Put a rule out of force. What was sent on under it keeps what it asked. Raises NotPermitted, NotFound."""
    require(actor, Permission.SETTINGS_WRITE)
    rule = session.get(ReviewRule, rule_id, with_for_update=True)
    if rule is None:
        raise NotFound(_("There is no such rule."))
    if rule.ended_at is None:
        rule.ended_at = clock.now()
        audit.record(actor, "review_rule.ended", subject_kind="review_rule", subject_id=rule.id)


def request_for(item: ContentItem, version: ContentVersion) -> ReviewRequest:
    """Write what the rules ask of a version that is sent on now, and return it.

    The strictest of the rules that apply counts. Without any, the setting says whether one approval is needed; what is
    about a product or service needs one whatever rules say.
    """
    applying = rules_for(item, version)
    now = clock.now()
    values = {
        "approvals": _needed(applying, item),
        "desks": [_desk_of(rule) for rule in applying if rule.desk],
        "rules": [_as_told(rule) for rule in applying],
        "requested_at": now,
        "due_at": now + timedelta(hours=min((rule.due_hours for rule in applying), default=USUAL_HOURS)),
        "reminded_at": None,
        "deputies_told_at": None,
    }
    request = session.get(ReviewRequest, version.id)
    if request is None:
        request = ReviewRequest(version_id=version.id)
        session.add(request)
    for name, value in values.items():
        setattr(request, name, value)
    session.flush()
    return request


def rules_for(item: ContentItem, version: ContentVersion) -> list[ReviewRule]:
    """Return the rules in force that are about an item as it stands, with the words of a version."""
    return [rule for rule in rules_in_force() if _applies(rule, item, version)]


def ask_anew(item: ContentItem, version: ContentVersion, before: Sequence[ReviewRule]) -> None:
    """Ask again for a version in review that other rules are about than `before`; approvals so far count no longer.

    What was sent on stays in front of somebody: it needs an approval even where the rules now ask for none.
    """
    if [rule.id for rule in rules_for(item, version)] != [rule.id for rule in before]:
        request = request_for(item, version)
        request.approvals = max(request.approvals, 1)


def check_still_met(item: ContentItem, version: ContentVersion, before: Sequence[ReviewRule]) -> None:
    """Raise Conflict where a version that may go out is asked for more than before, and it was not given.

    `before` are the rules that were about the item until its topics or its campaign were changed. Rules that were
    about it all along ask nothing of what is out already.
    """
    now, standing = rules_for(item, version), standing_of(version)
    approvers = {str(id_) for id_ in standing.approvers}
    known = {rule.id for rule in before}
    unmet = [rule for rule in now if rule.id not in known and not _is_met(rule, approvers)]
    needed = _needed(now, item)
    if not unmet and (needed <= _needed(before, item) or len(approvers) >= needed):
        return
    asked = _("“%(rule)s”", rule=unmet[0].name) if unmet else _("The usual review")
    if item.live_version_id is None:
        raise Conflict(
            _(
                "%(rule)s asks for approvals that this version does not have. Change what it says in the same step:"
                " that makes a new version, which they decide about.",
                rule=asked,
            ),
            code="review_unmet",
        )
    raise Conflict(
        _(
            "People see this item now, and %(rule)s asks for approvals that it does not have. Leave topics and campaign"
            " as they are, or withdraw the item and make a new one.",
            rule=asked,
        ),
        code="review_unmet",
    )


def _needed(rules: Iterable[ReviewRule], item: ContentItem) -> int:
    usual = 1 if preferences.get("review_is_required") else 0
    needed = max((rule.approvals for rule in rules), default=usual)
    return max(needed, 1) if item.is_product else needed


def _is_met(rule: ReviewRule, approvers: set[str]) -> bool:
    desk = _desk_of(rule)
    return len(approvers) >= rule.approvals and (
        rule.desk is None or bool(approvers & {*desk["members"], *desk["deputies"]})
    )


def _applies(rule: ReviewRule, item: ContentItem, version: ContentVersion) -> bool:
    audience = session.get_one(Audience, item.audience_key)
    if rule.kinds and item.kind.value not in rule.kinds:
        return False
    if rule.topic_keys and not set(rule.topic_keys) & set(item.topic_keys):
        return False
    if rule.campaign_key is not None and rule.campaign_key != item.campaign_key:
        return False
    if rule.countries and _is_elsewhere(rule.countries, audience):
        return False
    if rule.business is Business.PRODUCT and not item.is_product:
        return False
    if rule.business is Business.NON_BUSINESS and not item.is_non_business:
        return False
    return not rule.words or _says(rule.words, version)


def _is_elsewhere(countries: Collection[str], audience: Audience) -> bool:
    """Return whether nobody of these countries is meant. An item for everybody is for people of every country."""
    if audience.is_any and (audience.unit_keys or audience.languages or audience.topic_keys or audience.roles):
        return False  # who meets another condition is meant wherever they are
    return bool(audience.countries) and not set(countries) & set(audience.countries)


def _says(words: Iterable[str], version: ContentVersion) -> bool:
    texts = [part for text in queries.texts_of(version.id) for part in (text.title, text.summary)]
    texts += [caption.text for caption in queries.captions_of(version.id)]
    whole = " ".join(" ".join(texts).lower().split())
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", whole) for word in words)


def _desk_of(rule: ReviewRule) -> dict[str, Any]:
    return {
        "name": rule.desk,
        "members": [str(id_) for id_ in rule.desk_account_ids],
        "deputies": [str(id_) for id_ in rule.deputy_account_ids],
    }


def _as_told(rule: ReviewRule) -> dict[str, Any]:
    return {"id": str(rule.id), "name": rule.name, "approvals": rule.approvals, "desk": rule.desk}


def find_request(version_id: UUID) -> ReviewRequest | None:
    return session.get(ReviewRequest, version_id)


def standing_of(version: ContentVersion) -> Standing:
    """Return how far a version is. Approvals count for exactly its hash, and since it was last sent on."""
    request = find_request(version.id)
    decisions = (
        select(Review)
        .where(Review.version_id == version.id, Review.version_hash == version.hash)
        .order_by(Review.decided_at, Review.id)
    )
    if request is not None:
        decisions = decisions.where(Review.decided_at >= request.requested_at)
    approvers: set[UUID] = set()
    for review in session.scalars(decisions):
        if review.decision is Decision.CHANGES_REQUESTED:
            approvers.clear()  # what went back to its author starts anew
        else:
            approvers.add(review.reviewer_account_id)
    known = {str(id_) for id_ in approvers}
    desks: list[Mapping[str, Any]] = list(request.desks) if request is not None else []
    missing = tuple(
        str(desk["name"]) for desk in desks if not known & {*desk.get("members", ()), *desk.get("deputies", ())}
    )
    return Standing(frozenset(approvers), request.approvals if request is not None else 1, missing)


def may_go_out(item: ContentItem, version: ContentVersion) -> bool:
    """Return whether everything that was asked of a version was met."""
    if find_request(version.id) is not None:
        return standing_of(version).is_met
    must_be_reviewed = preferences.get("review_is_required") or item.is_product
    return not must_be_reviewed or queries.is_approved(version)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A version that waits for a decision, and who should hear of it now."""

    item: ContentItem
    request: ReviewRequest
    account_ids: frozenset[UUID]


def due_reminders(soon: timedelta = timedelta(hours=24)) -> list[Overdue]:
    """Return what is due soon or overdue and was not told of yet, and note that it is told now.

    Without a desk the accounts are empty: whoever may review in the unit is meant.
    """
    now = clock.now()
    rows = session.execute(
        select(ContentItem, ReviewRequest)
        .join(ReviewRequest, ReviewRequest.version_id == ContentItem.current_version_id)
        .where(
            ContentItem.state == ItemState.IN_REVIEW,
            ((ReviewRequest.due_at <= now + soon) & ReviewRequest.reminded_at.is_(None))
            | ((ReviewRequest.due_at <= now) & ReviewRequest.deputies_told_at.is_(None)),
        )
        .order_by(ReviewRequest.due_at)
        .limit(MOST_REMINDED)
        .with_for_update(of=ReviewRequest, skip_locked=True)
    )
    found = []
    for item, request in rows.all():
        is_over = request.due_at <= now
        accounts = {UUID(id_) for desk in request.desks for id_ in desk["members"]}
        if is_over:
            accounts |= {UUID(id_) for desk in request.desks for id_ in desk["deputies"]}
            request.deputies_told_at = now
        request.reminded_at = request.reminded_at or now
        found.append(Overdue(item, request, frozenset(accounts)))
    return found
