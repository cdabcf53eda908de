"""Refusals on the audit trail: what an account asked for and may not do. They outlive the rollback of their request."""

from flask import g, request

from advocacy.foundation import audit, ratelimit
from advocacy.foundation.access import Actor
from advocacy.foundation.db import own_transaction
from advocacy.foundation.errors import AdvocacyError, NotPermitted


def note(error: AdvocacyError) -> None:
    """Remember a refusal until its request has rolled back."""
    if isinstance(error, NotPermitted):
        g.denied = error.code


def keep() -> None:
    """Write the request's refusal, if there was one, in a short transaction of its own.

    Only the route's template goes in, never an address with somebody's id. Past a fair number an hour one account
    writes no more: the trail must not be filled by whoever presses a closed door.
    """
    actor: Actor | None = g.get("actor")
    if "denied" not in g or actor is None or actor.account_id is None or request.url_rule is None:
        return
    standing = ratelimit.limiter().hit(ratelimit.DENIALS_PER_ACCOUNT, "denied", str(actor.account_id))
    if standing.is_exhausted:
        return
    with own_transaction() as apart:
        audit.record(
            actor,
            "access.denied",
            store=apart,
            method=request.method,
            route=request.url_rule.rule,
            code=g.denied,
            last_this_hour=standing.remaining == 0,
        )
