"""The server-rendered site."""

from functools import cached_property
from typing import Any

import flask_login
from flask import Flask, g, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError

from advocacy.foundation import preferences, web
from advocacy.foundation.access import Actor
from advocacy.notifications.queries import MOST_COUNTED, count_unread
from advocacy.portal import presenting
from advocacy.portal.administration.views import blueprint as administration
from advocacy.portal.assets import asset_url
from advocacy.portal.comms.views import blueprint as comms
from advocacy.portal.employee.from_mail import stop_mail
from advocacy.portal.employee.views import blueprint as employee
from advocacy.portal.error_pages import error_page, expired_form
from advocacy.portal.executive.views import blueprint as executive
from advocacy.portal.hr.views import blueprint as hr
from advocacy.portal.navigation import navigation_for
from advocacy.portal.sign_in.views import blueprint as sign_in

AREAS = (sign_in, employee, comms, hr, executive, administration)
# Mail programs post here and have no token; the link itself is the proof.
WITHOUT_TOKEN = (stop_mail,)


class SignedInPerson:
    """Who is signed in, as the layout shows them. The address is looked up only where a page asks for it."""

    def __init__(self, actor: Actor) -> None:
        self.name = actor.name

    @property
    def email(self) -> str | None:
        user: Any = flask_login.current_user
        return user.account.email if user.is_authenticated else None


class Bell:
    """How much somebody has not read, looked up only where a layout shows it."""

    def __init__(self, employee_key: int) -> None:
        self._employee_key = employee_key

    @cached_property
    def unread(self) -> int:
        return count_unread(self._employee_key)

    @property
    def shown(self) -> str:
        return f"{MOST_COUNTED - 1}+" if self.unread >= MOST_COUNTED else str(self.unread)


def register(app: Flask) -> None:
    """Add the portal's pages to an application, and what its templates and error pages need."""
    for area in AREAS:
        app.register_blueprint(area)
    # Imported macros see no context, so what they use is global.
    app.jinja_env.globals["asset_url"] = asset_url
    app.jinja_env.filters.update(presenting.FILTERS)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.extensions["error_page"] = error_page
    app.register_error_handler(CSRFError, lambda error: web.handle(expired_form(error)))
    app.context_processor(shared_context)


def shared_context() -> dict[str, Any]:
    """Return what every layout knows."""
    actor: Actor | None = g.get("actor")
    locale = get_locale()
    employee_key = actor.employee_key if actor is not None else None
    is_person = employee_key is not None
    return {
        "organisation_name": preferences.deployment().organisation_name,
        "language": str(locale or "en").replace("_", "-"),
        "text_direction": locale.text_direction if locale is not None else "ltr",
        "navigation": navigation_for(actor),
        "actor": SignedInPerson(actor) if actor is not None else None,
        "bell": Bell(employee_key) if employee_key is not None else None,
        "home_url": url_for("sign_in.start"),
        "what_we_count_url": url_for("employee.what_we_count"),
        "sign_out_url": url_for("sign_in.sign_out"),
        "web_manifest_url": url_for("employee.web_manifest"),
        "worker_url": url_for("employee.service_worker") if is_person else None,
        "my_data_url": url_for("employee.my_data") if is_person else None,
        "me_links": _own_links() if is_person else [],
        "opt_out_url": url_for("employee.stop") if is_person else None,
    }


def _own_links() -> list[dict[str, str]]:
    """Return the pages for which a phone's bar has no room."""
    return [
        {"label": _("Learn"), "endpoint": "employee.learn", "icon": "school"},
        {"label": _("Together"), "endpoint": "employee.together", "icon": "heart-handshake"},
    ]
