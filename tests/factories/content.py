"""Items, their makers and the hosts they may lead to, for tests."""

import itertools
from datetime import datetime
from typing import Any

from advocacy.content import queries, service
from advocacy.content.models import AllowedHost, ContentItem, Decision, ItemKind
from advocacy.foundation.access import Actor, Grant, Role
from advocacy.foundation.db import session
from advocacy.identity.models import Account
from advocacy.people.models import Employee, OrgUnit
from advocacy.people.queries import descendant_keys, root_unit
from tests.factories.naming import lettered
from tests.factories.people import make_employee, make_unit

HOST = "www.meridian.example"
_numbers = itertools.count(1)


def make_host(host: str = HOST, *, includes_subdomains: bool = False) -> AllowedHost:
    """Return a host that links may lead to, made when missing."""
    row = session.get(AllowedHost, host)
    if row is None:
        row = AllowedHost(host=host, includes_subdomains=includes_subdomains)
        session.add(row)
        session.flush()
    return row


def make_actor(*roles: Role, employee: Employee | None = None, unit: OrgUnit | None = None) -> Actor:
    """Return an actor with a real account: an employee (made when missing), plus roles everywhere or below a unit."""
    person = employee or make_employee()
    account = Account(employee_key=person.key, email=f"account{next(_numbers)}@meridian.example")
    session.add(account)
    session.flush()
    reach = descendant_keys(unit.key) if unit is not None else None
    return Actor(
        account_id=account.id,
        employee_key=person.key,
        employee_id=person.id,
        grants=(Grant(Role.EMPLOYEE), *(Grant(role, reach) for role in roles)),
        name=person.name or "",
    )


def draft_of(**fields: Any) -> dict[str, Any]:
    """Return the arguments of a draft that is complete."""
    number = next(_numbers)
    return {
        "kind": ItemKind.ARTICLE,
        "texts": {"en": {"title": f"Something worth sharing {lettered(number)}", "summary": "Two sentences about it."}},
        "captions": [{"network": None, "language": "en", "text": f"My own view of number {lettered(number)}."}],
        "destination": f"https://{HOST}/stories/{lettered(number)}",
        **fields,
    }


def make_item(*, author: Actor | None = None, **fields: Any) -> ContentItem:
    """Return a draft."""
    make_host()
    if root_unit() is None:
        make_unit("Meridian Works")
    return service.draft_item(author or make_actor(Role.CURATOR), **draft_of(**fields))


def approve(item: ContentItem, *, approver: Actor | None = None) -> ContentItem:
    """Approve the current version of an item that is in review."""
    seen = queries.current_version(item).hash.hex()
    return service.decide(approver or make_actor(Role.APPROVER), item.id, decision=Decision.APPROVED, seen_hash=seen)


def make_live_item(
    *, author: Actor | None = None, approver: Actor | None = None, live_from: datetime | None = None, **fields: Any
) -> ContentItem:
    """Return an item that went through review and is live (or scheduled, when `live_from` lies ahead)."""
    writer = author or make_actor(Role.CURATOR)
    item = make_item(author=writer, live_from=live_from, **fields)
    service.submit_item(writer, item.id)
    return approve(item, approver=approver)
