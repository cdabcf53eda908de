"""The JSON API of measurement: amplification, recruiting reach, one's own impact."""

from datetime import date
from typing import Any
from uuid import UUID

from advocacy.foundation.access import Permission
from advocacy.foundation.db import session
from advocacy.foundation.rest import ApiBlueprint
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import own, queries
from advocacy.measurement.schemas import AmplificationOut, OwnImpactOut, ReachFilter, RecruitingReachOut

blueprint = ApiBlueprint("measurement", description="What it was worth, for groups of people only.")


@blueprint.get("/amplification")
@requires(Permission.MEASUREMENT_READ)
@blueprint.arguments(ReachFilter, location="query")
@blueprint.response(200, AmplificationOut)
@blueprint.refusal(404)
def amplification(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the three tiers of amplification of a unit the caller may see."""
    return queries.amplification(session.connection(), **_scope(asked, Permission.MEASUREMENT_READ))


@blueprint.get("/recruiting/reach")
@requires(Permission.RECRUITING_READ)
@blueprint.arguments(ReachFilter, location="query")
@blueprint.response(200, RecruitingReachOut)
@blueprint.refusal(404)
def recruiting_reach(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the reach of job content of a unit in the caller's reach, and what came of it."""
    return queries.recruiting_reach(session.connection(), **_scope(asked, Permission.RECRUITING_READ))


@blueprint.get("/me/impact")
@requires(Permission.SHARES_READ)
@blueprint.response(200, OwnImpactOut)
def own_impact() -> dict[str, Any]:
    """Return the caller's own shares, clicks and networks. Nobody else can ask for them."""
    return own.own_impact(session.connection(), visible_to=current_actor())


def _scope(asked: dict[str, Any], permission: Permission) -> dict[str, Any]:
    unit: UUID | None = asked["unit"]
    on: date | None = asked["on"]
    unit_key = queries.visible_unit(
        session.connection(), unit, visible_to=current_actor(), on=on, permission=permission
    )
    return {"unit_key": unit_key, "on": on, "series_days": asked["series_days"]}
