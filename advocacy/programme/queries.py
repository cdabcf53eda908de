"""Reading what was saved. It belongs to the organisation: whoever may read one may read them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import DEFAULT_ROWS, Page, page_of
from advocacy.identity.queries import names_of_accounts
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.reading import Asked
from advocacy.measurement.readings import permission_of
from advocacy.programme.figures import read_figures
from advocacy.programme.models import Report, ReportFigure, Scenario
from advocacy.programme.restated import Now, now_of, with_causes


@dataclass(frozen=True, slots=True)
class SavedScenario:
    """A saved scenario with the name of who saved it; None where that person is no longer here."""

    scenario: Scenario
    saved_by: str | None


@dataclass(frozen=True, slots=True)
class FrozenReport:
    """A report with the name of who froze it; None where that person is no longer here."""

    report: Report
    frozen_by: str | None


@dataclass(frozen=True, slots=True)
class FigureNow:
    """A frozen figure, and what it is today as far as that may be told."""

    figure: ReportFigure
    now: Now


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


def reports(*, visible_to: Actor, limit: int = DEFAULT_ROWS, cursor: str | None = None) -> Page[FrozenReport]:
    """Return frozen reports, newest first."""
    require(visible_to, Permission.PROGRAMME_READ)
    page = page_of(
        select(Report), (Report.frozen_at, Report.id), limit=limit, cursor=cursor, filters={"list": "reports"}
    )
    names = names_of_accounts({report.frozen_by_account_id for report in page.rows})
    return Page([FrozenReport(row, names.get(row.frozen_by_account_id)) for row in page.rows], page.next_cursor)


def get_report(report_id: UUID, *, visible_to: Actor) -> FrozenReport:
    """Return a frozen report. Raises NotFound."""
    require(visible_to, Permission.PROGRAMME_READ)
    report = session.get(Report, report_id)
    if report is None:
        raise NotFound(_("There is no such report."))
    return FrozenReport(report, names_of_accounts({report.frozen_by_account_id}).get(report.frozen_by_account_id))


def figures_of(report: Report, *, visible_to: Actor) -> list[FigureNow]:
    """Return a report's figures in their order with what each is today: those of recruiting to whoever may see it."""
    require(visible_to, Permission.PROGRAMME_READ)
    kept = session.scalars(
        select(ReportFigure).where(ReportFigure.report_id == report.id).order_by(ReportFigure.position)
    ).all()
    smallest_group = max(report.smallest_group, preferences.smallest_group())
    asked = Asked(report.unit_key, report.first_on, report.last_on, None, preferences.smallest_group())
    live = {figure.metric.key: figure for figure in read_figures(session.connection(), asked)}
    now = now_of(kept, live, smallest_group)
    may_see_all = visible_to.may(Permission.RECRUITING_READ)
    return [
        FigureNow(figure, with_causes(session.connection(), report, figure, now[figure.metric]))
        for figure in kept
        if may_see_all or not _is_of_recruiting(figure.metric)
    ]


def _is_of_recruiting(key: str) -> bool:
    metric = BY_KEY.get(key)
    return key.startswith("rec.") or (metric is not None and permission_of(metric) is Permission.RECRUITING_READ)
