"""What people see when a page cannot be shown: kind words and the next step, never the machine's."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError

from advocacy.foundation.errors import AdvocacyError, NotSignedIn
from advocacy.portal.presenting import translated

BAD_REQUEST = 400


def error_page(error: AdvocacyError) -> Any:
    """Return the page for a refused request; a visitor who asked for a page is asked to sign in first."""
    if isinstance(error, NotSignedIn) and g.get("actor") is None and request.method in {"GET", "HEAD"}:
        wanted = request.full_path.rstrip("?")
        return redirect(url_for("sign_in.page", next=wanted if wanted != "/" else None))
    title, detail = _words(error)
    way_out = _way_out(error)
    return render_template("layout/error.html", error={"title": title, "detail": detail}, way_out=way_out)


def _words(error: AdvocacyError) -> tuple[str, str]:
    """Return a title and a sentence. What our own services say is already meant for people."""
    if type(error) is not AdvocacyError:
        return translated(error.title), error.detail
    return {
        "bad_request": (_("That could not be read"), error.detail),
        "not_found": (
            _("There is no such page"),
            _("The address may be mistyped, or what was here is gone. Nothing you wrote is lost."),
        ),
        "method_not_allowed": (
            _("This address is a step in between"),
            _("It cannot be opened by itself. Start from the page it belongs to."),
        ),
        "request_entity_too_large": (
            _("That is too much at once"),
            _("What you sent is larger than this page takes. Send less, and nothing else is lost."),
        ),
    }.get(error.code, (translated(error.title), error.detail))


def _way_out(error: AdvocacyError) -> dict[str, str] | None:
    if isinstance(error, NotSignedIn):
        return {"text": _("Sign in"), "href": url_for("sign_in.page")}
    if error.code == "lessons_needed":
        return {"text": _("To the lessons"), "href": url_for("employee.learn")}
    if error.code == "form_too_old" and request.referrer and request.referrer.startswith(request.host_url):
        return {"text": _("Load the page again"), "href": request.referrer}
    return None


def expired_form(error: CSRFError) -> AdvocacyError:
    """Return what a form without a valid token means: nearly always that it stood open for long."""
    known = AdvocacyError(
        _("This page was open for a long time, or in another browser. Load it again and repeat the step."),
        code="form_too_old",
    )
    known.title = _("This form is too old")
    known.status = error.code or BAD_REQUEST
    return known
