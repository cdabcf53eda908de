"""Keeping scenarios and freezing reports: both are written once.

To change a scenario is to keep another one, to remove it is to put it away. A report cannot even be put away.
"""

import json
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from flask_babel import gettext as _

from advocacy import __version__
from advocacy.foundation import audit, clock, preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotPermitted
from advocacy.foundation.fields import unfit_character
from advocacy.measurement import pages
from advocacy.measurement import queries as measurement
from advocacy.measurement.reading import Asked
from advocacy.measurement.scenario import MODEL_VERSION, Inputs, ScenarioError, definition_hash, work_out
from advocacy.programme import queries
from advocacy.programme.figures import digest_of, frozen, read_figures
from advocacy.programme.limits import LONGEST_NAME, LONGEST_NOTE, MOST_REPORT_DAYS
from advocacy.programme.models import Report, Scenario

# The page whose days tell how far the numbers have come.
PAGE = "page_amplification"


def save_scenario(actor: Actor, *, name: str, inputs: Inputs, note: str | None = None) -> Scenario:
    """Keep a scenario with the numbers it gives now.

    Raises Invalid, with the field below `inputs` where those are no scenario, and NotPermitted.
    """
    account_id = _office(actor)
    try:
        results = work_out(inputs)
        canonical, seed = inputs.canonical(), str(inputs.seed)
    except ScenarioError as error:
        raise Invalid.field(f"/inputs/{error.field}", error.detail) from error
    scenario = Scenario(
        id=new_id(),
        name=_text("name", name, LONGEST_NAME),
        note=_optional_text("note", note, LONGEST_NOTE),
        inputs=canonical,
        seed=seed,
        results=_plain(results),
        model_version=MODEL_VERSION,
        definition_hash=definition_hash(),
        computed_with=f"{_program()}, numpy {np.__version__}",
        saved_by_account_id=account_id,
    )
    session.add(scenario)
    session.flush()  # the answer shows what is stored
    audit.record(actor, "scenario.saved", subject_kind="scenario", subject_id=scenario.id)
    return scenario


def archive_scenario(actor: Actor, scenario_id: UUID) -> Scenario:
    """Put a scenario away; its numbers stay. Doing it again changes nothing. Raises NotFound and NotPermitted."""
    account_id = _office(actor)
    scenario = queries.get_scenario(scenario_id, visible_to=actor).scenario
    if scenario.archived_at is None:
        scenario.archived_at, scenario.archived_by_account_id = clock.now(), account_id
        session.flush()
        audit.record(actor, "scenario.archived", subject_kind="scenario", subject_id=scenario.id)
    return scenario


def freeze_report(
    actor: Actor, *, title: str, first: date | None = None, last: date | None = None, note: str | None = None
) -> Report:
    """Keep the numbers of the whole organisation as of `last`, as they are known now, for a period that ends on it.

    Without days it is the month so far of the last day that was counted. Raises Invalid, NotPermitted, and Conflict
    while nothing was counted for the day.
    """
    account_id = _office(actor)
    connection = session.connection()
    last = last or measurement.last_counted_day(connection, PAGE)
    first = first or (last.replace(day=1) if last is not None else None)
    if first is not None and last is not None and not 0 <= (last - first).days < MOST_REPORT_DAYS:
        raise Invalid.field("from", _("Choose a first day before the last one, at most a year earlier."))
    if first is None or last is None or pages.as_of(connection, (PAGE,), last) is None:
        raise Conflict(_("Nothing was counted for that day yet. Choose a day before it, or wait for the count."))
    unit_key = measurement.visible_unit(connection, None, visible_to=actor, on=last)
    smallest_group = preferences.smallest_group()
    asked = Asked(unit_key, first, last, None, smallest_group)
    figures = [frozen(figure, position) for position, figure in enumerate(read_figures(connection, asked), start=1)]
    report = Report(
        id=new_id(),
        title=_text("title", title, LONGEST_NAME),
        note=_optional_text("note", note, LONGEST_NOTE),
        first_on=first,
        last_on=last,
        unit_key=unit_key,
        unit_name=measurement.unit_named(connection, unit_key)["name"],
        smallest_group=smallest_group,
        computed_with=_program(),
        digest=digest_of(figures),
        frozen_at=clock.now(),
        frozen_by_account_id=account_id,
    )
    session.add(report)
    session.flush()  # the figures refer to it
    for figure in figures:
        figure.report_id = report.id
    session.add_all(figures)
    session.flush()  # the answer shows what is stored
    audit.record(actor, "report.frozen", subject_kind="report", subject_id=report.id, digest=report.digest)
    return report


def _program() -> str:
    return f"advocacy {__version__}"


def _office(actor: Actor) -> UUID:
    require(actor, Permission.PROGRAMME_WRITE)
    if actor.account_id is None:
        raise NotPermitted(_("This needs somebody who answers for it: sign in."))
    return actor.account_id


def _plain(results: Any) -> dict[str, Any]:
    """Return what the calculator answered as the JSON that is stored."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(results), allow_nan=False))
    return plain


def _text(name: str, text: str, longest: int) -> str:
    cleaned = _optional_text(name, text, longest)
    if cleaned is None:
        raise Invalid.field(name, _("Enter a text."))
    return cleaned


def _optional_text(name: str, text: str | None, longest: int) -> str | None:
    cleaned = (text or "").strip()
    if len(cleaned) > longest:
        raise Invalid.field(name, _("At most %(longest)s characters.", longest=longest), code="too_long")
    if unfit_character(cleaned) is not None:
        raise Invalid.field(name, _("It contains a character that cannot be stored."))
    return cleaned or None
