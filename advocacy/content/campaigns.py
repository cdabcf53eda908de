"""Making and changing campaigns."""

from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from advocacy.content import queries
from advocacy.content.models import Campaign
from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, require, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, FieldProblem, Invalid, NotPermitted, PreconditionFailed
from advocacy.foundation.fields import unfit_character
from advocacy.people.queries import get_unit, root_unit

LONGEST_NAME, LONGEST_LABEL, LONGEST_GOAL = 120, 24, 2_000


def start_campaign(
    actor: Actor,
    *,
    name: str,
    goal: str,
    starts_on: date,
    ends_on: date | None = None,
    label: str | None = None,
    unit_id: UUID | None = None,
) -> Campaign:
    """Make a campaign, for the whole organisation unless a unit says otherwise.

    Raises NotPermitted outside the actor's units, NotFound for an unknown unit, Invalid naming the fields.
    """
    require(actor, Permission.CONTENT_WRITE)
    unit = get_unit(unit_id) if unit_id is not None else _home_of(actor)
    if unit is None:
        raise Conflict(_("There are no units yet. Import people first."))
    require_in(actor, Permission.CONTENT_WRITE, unit.key)
    if actor.account_id is None:
        raise NotPermitted(_("Content is written and decided about by people."))
    campaign = Campaign(unit_key=unit.key, created_by=actor.account_id)
    _put(campaign, {"name": name, "goal": goal, "starts_on": starts_on, "ends_on": ends_on, "label": label})
    session.add(campaign)
    session.flush()
    audit.record(actor, "campaign.started", subject_kind="campaign", subject_id=campaign.id)
    return campaign


def change_campaign(actor: Actor, campaign_id: UUID, *, seen_version: int, **changes: Any) -> Campaign:
    """Change a campaign; `is_archived` puts it away or takes it back.

    Raises NotFound, NotPermitted, Invalid, PreconditionFailed when it changed since `seen_version`.
    """
    campaign = queries.get_campaign(campaign_id, visible_to=actor)
    require_in(actor, Permission.CONTENT_WRITE, campaign.unit_key)
    session.refresh(campaign, with_for_update=True)
    if campaign.row_version != seen_version:
        raise PreconditionFailed(_("Somebody changed this campaign meanwhile. Load it again and decide anew."))
    if "is_archived" in changes:
        campaign.archived_at = clock.now() if changes.pop("is_archived") else None
    stands = {name: getattr(campaign, name) for name in ("name", "goal", "starts_on", "ends_on", "label")}
    _put(campaign, stands | changes)
    session.flush()
    return campaign


def _home_of(actor: Actor) -> Any:
    """Return the root, or for somebody who works for some units only one of theirs."""
    root, reach = root_unit(), actor.unit_keys_for(Permission.CONTENT_WRITE)
    if root is None or reach is None or root.key in reach:
        return root
    raise Invalid.field("unit_id", _("Say for which of your units."), code="missing")


def _put(campaign: Campaign, values: dict[str, Any]) -> None:
    problems = []
    for field, longest, is_needed in (("name", LONGEST_NAME, True), ("label", LONGEST_LABEL, False)):
        text = " ".join(str(values[field] or "").split())
        if (is_needed and not text) or len(text) > longest or unfit_character(text) is not None:
            problems.append(FieldProblem(field, "invalid", _("Write at most %(most)s characters.", most=longest)))
        values[field] = text or None
    goal = str(values["goal"] or "").strip()
    if not goal or len(goal) > LONGEST_GOAL or unfit_character(goal) is not None:
        problems.append(FieldProblem("goal", "invalid", _("Say in a sentence or two what it is to bring about.")))
    if values["ends_on"] is not None and values["ends_on"] < values["starts_on"]:
        problems.append(FieldProblem("ends_on", "invalid", _("It has to end after it begins.")))
    if not problems and _is_taken(campaign, values["name"]):
        problems.append(FieldProblem("name", "taken", _("There is a campaign of this name already.")))
    if problems:
        raise Invalid(_("Some of the campaign needs another look."), problems=tuple(problems))
    campaign.name, campaign.label, campaign.goal = values["name"], values["label"], goal
    campaign.starts_on, campaign.ends_on = values["starts_on"], values["ends_on"]


def _is_taken(campaign: Campaign, name: str) -> bool:
    with session.no_autoflush:
        same = select(Campaign.key).where(func.lower(Campaign.name) == name.lower(), Campaign.archived_at.is_(None))
        return any(key != campaign.key for key in session.scalars(same))
