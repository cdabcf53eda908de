"""What an executive of the demo kept and froze: three scenarios to compare, and a report of the last whole day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from advocacy.demo.mark import demo_people
from advocacy.foundation import db
from advocacy.foundation.access import Actor, Role
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict
from advocacy.identity.models import Account
from advocacy.identity.service import actor_of
from advocacy.measurement.queries import today
from advocacy.measurement.scenario import IBM, Inputs
from advocacy.programme import service


def decide(say: Callable[[str], None]) -> None:
    """Keep scenarios and freeze a report as the demo's executive. Needs the numbers of yesterday or today."""
    say("Scenarios and a report ...")
    with db.unit_of_work():
        executive = next(person.account_id for person in demo_people() if person.role == Role.EXECUTIVE)
        actor = _actor(executive)
        _keep_scenarios(actor)
        for ago in (1, 0):
            try:
                service.freeze_report(
                    actor,
                    title="Board meeting",
                    note="Frozen by the demo. What is restated later stands beside it.",
                    last=today() - timedelta(days=ago),
                )
                break
            except Conflict:  # that day was not counted; at full size the workers do it later
                continue


def _actor(account_id: UUID) -> Actor:
    return actor_of(session.scalars(select(Account).where(Account.id == account_id)).one())


def _keep_scenarios(actor: Actor) -> None:
    even = Inputs(employees=IBM.employees, audience=IBM.audience, brand=IBM.brand, participation="0.03")
    uneven = replace(even, spread="lognormal", sigma="1.5")
    kept = (
        ("Three in a hundred share", even, "An illustration: everybody has the same ten connections."),
        ("The same, but a few hold most", uneven, "Chance decides who joins, so there is an interval."),
        ("The best connected join first", replace(uneven, who="best"), "It matters who joins, not only how many."),
    )
    for name, inputs, note in kept:
        service.save_scenario(actor, name=name, inputs=inputs, note=note)
