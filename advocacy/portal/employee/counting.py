"""What we count: the promise in plain words, and every definition of the catalogue."""

from flask import Response

from advocacy.foundation import preferences
from advocacy.foundation.web import public
from advocacy.measurement.catalogue import METRICS
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.pages import page


@blueprint.get("/what-we-count")
@public  # whoever is asked to take part may read first
def what_we_count() -> Response:
    return page(
        "employee/what_we_count.html",
        metrics=METRICS,
        smallest=preferences.smallest_group(),
        salt_hours=preferences.get("retention_click_salt_hours"),
        note_months=preferences.get("retention_note_months"),
        ledger_months=preferences.get("retention_ledger_months"),
    )
