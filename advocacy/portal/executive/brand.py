"""The brand's followers: what amplification is compared with, dated and with a source."""

from datetime import date

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page
from advocacy.sharing.brand import brand_history, record_brand_followers, remove_brand_followers
from config.networks import networks

MOST_DIGITS = 15


def _brand_page(errors: FormErrors | None = None) -> Response:
    return form_page(
        "executive/brand.html",
        errors or FormErrors(),
        rows=brand_history(),
        networks=[(network.key, network.name) for network in networks() if network.has_audience],
        today=clock.day_of(clock.now(), preferences.zone()).isoformat(),
        may_write=current_actor().may(Permission.SETTINGS_WRITE),
    )


@blueprint.get("/amplification/brand")
@requires(Permission.MEASUREMENT_READ)
def brand() -> Response:
    return _brand_page()


@blueprint.post("/amplification/brand")
@requires(Permission.SETTINGS_WRITE)
def record_brand() -> AnyResponse:
    errors = FormErrors()
    text = "".join(request.form.get("followers", "").split()).replace(",", "").replace(".", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        errors["followers"] = [_("Enter a whole number such as 24,500.")]
    try:
        observed_on = date.fromisoformat(request.form.get("observed_on", ""))
    except ValueError:
        errors["observed_on"] = [_("Enter the day on which you read it.")]
    if errors:
        return _brand_page(errors)
    try:
        record_brand_followers(
            current_actor(),
            network_key=request.form.get("network", ""),
            followers=int(text),
            observed_on=observed_on,
            source=request.form.get("source", ""),
        )
    except Invalid as error:
        return _brand_page(FormErrors.from_domain(error))
    flash(_("Kept. Ratios from that day on compare with it."), "success")
    return redirect(url_for("executive.brand"))


@blueprint.post("/amplification/brand/<int:network_number>/<date>/remove")
@requires(Permission.SETTINGS_WRITE)
def remove_brand(network_number: int, date: str) -> AnyResponse:
    remove_brand_followers(current_actor(), network_number=network_number, observed_on=_day(date))
    flash(_("The number is gone."), "success")
    return redirect(url_for("executive.brand"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("This is no day.")) from error
