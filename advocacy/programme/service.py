"""Saving scenarios: written once; to change one is to save another, and to remove one is to put it away."""

import json
from typing import Any
from uuid import UUID

import numpy as np
from flask_babel import gettext as _

from advocacy import __version__
from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid, NotPermitted
from advocacy.foundation.fields import unfit_character
from advocacy.measurement.scenario import MODEL_VERSION, Inputs, ScenarioError, definition_hash, work_out
from advocacy.programme import queries
from advocacy.programme.limits import LONGEST_NAME, LONGEST_NOTE
from advocacy.programme.models import Scenario


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
        computed_with=f"advocacy {__version__}, numpy {np.__version__}",
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
