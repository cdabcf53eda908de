"""People, units, consents and networks for tests."""

import itertools
from datetime import date, datetime
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Grant, Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.people import queries, service
from advocacy.people.models import (
    Audience,
    Consent,
    ConsentEvent,
    Employee,
    NetworkProfile,
    OrgUnit,
    PolicyAcknowledgement,
    PolicyVersion,
    Purpose,
    SizeSource,
    Topic,
    TopicFollow,
    UnitMembership,
)
from tests.factories.naming import lettered

LONG_AGO = date(2020, 1, 1)
POLICY_BODY = {"en": [{"heading": "Voluntary", "text": "Taking part is your choice."}]}
_numbers = itertools.count(1)


def make_unit(
    name: str | None = None, *, parent: OrgUnit | None = None, since: date = LONG_AGO, **fields: Any
) -> OrgUnit:
    """Return a unit in the tree: below `parent`, else below the root, else it becomes the root."""
    number = next(_numbers)
    unit = service.make_unit(fields.pop("external_id", f"unit-{number}"), name or f"Unit {lettered(number)}")
    service.place_unit(unit, parent if parent is not None else queries.root_unit(since), on=since)
    return unit


def make_employee(
    unit: OrgUnit | None = None, *, since: date = LONG_AGO, until: date | None = None, **fields: Any
) -> Employee:
    """Return a person employed in a unit (the root, made when missing) from `since` until before `until`."""
    number = next(_numbers)
    home = unit or queries.root_unit() or make_unit("Meridian Works", since=since)
    values: dict[str, Any] = {
        "external_id": f"E{number}",
        "email": f"person{number}@meridian.example",
        "name": f"Person {lettered(number)}",
        "language": "en",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "hired_on": since,
        **fields,
    }
    employee = Employee(**values)
    session.add(employee)
    session.flush()
    session.add(UnitMembership(employee_key=employee.key, unit_key=home.key, valid_during=Range(since, until)))
    session.flush()
    return employee


def actor_for(employee: Employee, *roles: Role, unit: OrgUnit | None = None) -> Actor:
    """Return the actor of a person: an employee, plus roles everywhere or in one unit and below."""
    reach = queries.descendant_keys(unit.key) if unit is not None else None
    grants = (Grant(Role.EMPLOYEE), *(Grant(role, reach) for role in roles))
    return Actor(
        account_id=new_id(),
        employee_key=employee.key,
        employee_id=employee.id,
        grants=grants,
        name=employee.name or "",
    )


def make_policy(body: dict[str, Any] | None = None) -> PolicyVersion:
    """Return the policy in force, published when there is none yet or when a text is given."""
    current = queries.current_policy()
    if current is not None and body is None:
        return current
    return service.publish_policy(None, body or POLICY_BODY)


def give_consent(
    employee: Employee, *purposes: Purpose, at: datetime | None = None, source: str = "test"
) -> list[Consent]:
    """Write an acknowledged policy and a yes to each purpose ("take part" when none is named), as of `at`."""
    policy, instant = make_policy(), at or clock.now()
    if session.get(PolicyAcknowledgement, (employee.key, policy.id)) is None:
        session.add(
            PolicyAcknowledgement(employee_key=employee.key, policy_version_id=policy.id, acknowledged_at=instant)
        )
    given = []
    for purpose in purposes or (Purpose.TAKE_PART,):
        shared: dict[str, Any] = {"employee_key": employee.key, "purpose": purpose, "policy_version_id": policy.id}
        consent = Consent(granted_at=instant, **shared)
        session.add(consent)
        session.add(ConsentEvent(is_granted=True, source=source, occurred_at=instant, **shared))
        given.append(consent)
    session.flush()
    return given


def make_advocate(unit: OrgUnit | None = None, *, at: datetime | None = None, **fields: Any) -> Employee:
    """Return a person who said yes to taking part and to counting the size of networks."""
    employee = make_employee(unit, **fields)
    give_consent(employee, Purpose.TAKE_PART, Purpose.NETWORK_SIZE, at=at)
    return employee


def make_profile(
    employee: Employee, network: int = 1, size: int | None = 100, *, on: date | None = None, **fields: Any
) -> NetworkProfile:
    """Return a network of a person with its size as of a day (today)."""
    profile = NetworkProfile(
        employee_key=employee.key,
        network=network,
        observed_on=on or queries.today(),
        audience_size=size,
        **{"source": SizeSource.OWN_ENTRY, **fields},
    )
    session.add(profile)
    session.flush()
    return profile


def make_topic(name: str | None = None, *, followers: tuple[Employee, ...] = ()) -> Topic:
    topic = Topic(name=name or f"Topic {lettered(next(_numbers))}")
    session.add(topic)
    session.flush()
    session.add_all(TopicFollow(employee_key=follower.key, topic_key=topic.key) for follower in followers)
    session.flush()
    return topic


def make_audience(
    *,
    units: tuple[OrgUnit, ...] = (),
    countries: tuple[str, ...] = (),
    languages: tuple[str, ...] = (),
    topics: tuple[Topic, ...] = (),
    name: str | None = None,
) -> Audience:
    """Return an audience; empty lists ask nothing, so the default is everybody."""
    return service.make_audience(
        name=name,
        unit_ids=[unit.id for unit in units],
        countries=countries,
        languages=languages,
        topic_ids=[topic.id for topic in topics],
    )
