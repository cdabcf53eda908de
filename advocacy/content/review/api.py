"""The JSON API of review: rules about who approves what, and evidence of what was approved."""

from typing import Any
from uuid import UUID

from advocacy.content import evidence, reviewing
from advocacy.content.review_schemas import EvidenceOut, ReviewRuleIn, ReviewRuleOut, ReviewRulesOut
from advocacy.foundation.access import Permission
from advocacy.foundation.rest import ApiBlueprint
from advocacy.foundation.web import current_actor, requires

blueprint = ApiBlueprint(
    "review", module="advocacy.content.review.api", description="Who approves what, and evidence of what was approved."
)


@blueprint.get("/content/<uuid:item_id>/evidence")
@requires(Permission.CONTENT_REVIEW)
@blueprint.response(200, EvidenceOut)
def evidence_pack(item_id: UUID) -> dict[str, Any]:
    """Return the evidence of the newest version. Reading it is on the audit trail."""
    return evidence.evidence_of(current_actor(), item_id)


@blueprint.get("/review-rules")
@requires(Permission.SETTINGS_READ)
@blueprint.response(200, ReviewRulesOut)
def review_rules() -> dict[str, Any]:
    """Return the rules in force about who approves what."""
    return {"data": reviewing.rules_in_force()}


@blueprint.post("/review-rules")
@requires(Permission.SETTINGS_WRITE)
@blueprint.arguments(ReviewRuleIn)
@blueprint.response(201, ReviewRuleOut)
def add_review_rule(rule: dict[str, Any]) -> Any:
    """Put a rule in force, for what is sent on from now."""
    return reviewing.add_rule(current_actor(), **rule)


@blueprint.delete("/review-rules/<uuid:rule_id>")
@requires(Permission.SETTINGS_WRITE)
@blueprint.response(204)
def end_review_rule(rule_id: UUID) -> None:
    """Put a rule out of force."""
    reviewing.end_rule(current_actor(), rule_id)
