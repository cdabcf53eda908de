"""Reading what was saved. It belongs to the organisation: whoever may read one may read them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import DEFAULT_ROWS, Page, page_of
from advocacy.identity.queries import names_of_accounts
from advocacy.programme.models import Scenario


@dataclass(frozen=True, slots=True)
class SavedScenario:
    """A saved scenario with the name of who saved it; None where that person is no longer here."""

    scenario: Scenario
    saved_by: str | None


def get_scenario(scenario_id: UUID, *, visible_to: Actor) -> SavedScenario:
    """Return a saved scenario, put away or not. Raises NotFound."""
    require(visible_to, Permission.PROGRAMME_READ)
    scenario = session.get(Scenario, scenario_id)
    if scenario is None:
        raise NotFound(_("There is no such scenario."))
    return _named([scenario])[0]


def scenarios(
    *, visible_to: Actor, is_archived: bool = False, limit: int = DEFAULT_ROWS, cursor: str | None = None
) -> Page[SavedScenario]:
    """Return saved scenarios, newest first: those in use, or those put away."""
    require(visible_to, Permission.PROGRAMME_READ)
    page = page_of(
        select(Scenario).where(Scenario.archived_at.is_not(None) if is_archived else Scenario.archived_at.is_(None)),
        (Scenario.saved_at, Scenario.id),
        limit=limit,
        cursor=cursor,
        filters={"list": "scenarios", "is_archived": is_archived},
    )
    return Page(_named(page.rows), page.next_cursor)


def scenarios_of(ids: Sequence[UUID], *, visible_to: Actor) -> list[SavedScenario]:
    """Return these scenarios in this order, each once. Raises NotFound when one of them is not there."""
    require(visible_to, Permission.PROGRAMME_READ)
    found = {row.id: row for row in session.scalars(select(Scenario).where(Scenario.id.in_(set(ids))))}
    if len(found) != len(set(ids)):
        raise NotFound(_("There is no such scenario."))
    return _named([found[scenario_id] for scenario_id in dict.fromkeys(ids)])


def _named(rows: Sequence[Scenario]) -> list[SavedScenario]:
    names = names_of_accounts({row.saved_by_account_id for row in rows})
    return [SavedScenario(row, names.get(row.saved_by_account_id)) for row in rows]
