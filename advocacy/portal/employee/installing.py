"""The portal on a home screen: what it is called there, what its worker keeps, and the page for no connection."""

import hashlib
import json
from typing import Any

from flask import Response, make_response, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from advocacy.foundation import preferences
from advocacy.foundation.web import asks_nobody, public
from advocacy.portal import assets
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.pages import language, page

# What every page needs to look right. Charts are left to the pages that have one.
KEPT_ASSETS = ("app.css", "app.js", "icons.svg", "app-icon.svg", "inter-latin-wght-normal.woff2")
# `--paper` and `--card` of the light theme: a manifest knows one theme; the dark bar is in each page's `theme-color`.
GROUND, BAR = "#faf9f6", "#ffffff"
LONGEST_SHORT_NAME = 12


@blueprint.get("/manifest.webmanifest")
@public  # browsers fetch it without cookies; there is nothing of anybody in it
@asks_nobody
def web_manifest() -> Response:
    """Answer what the portal is called on a home screen, and what a phone may hand to it."""
    name = preferences.deployment().organisation_name
    locale = get_locale()
    shortcuts = {
        _("Today"): "employee.today",
        _("My shares"): "employee.shares",
        _("Note a conversation"): "employee.note_conversation",
        _("Suggest something"): "employee.suggestions",
    }
    return _answer(
        json.dumps(
            {
                "id": "/",
                "name": name,
                "short_name": _short(name),
                "description": _("What is worth sharing today, in your own words."),
                "lang": language().replace("_", "-"),
                "dir": locale.text_direction if locale is not None else "ltr",
                "start_url": "/",
                "scope": "/",
                "display": "standalone",
                "background_color": GROUND,
                "theme_color": BAR,
                "categories": ["business", "social"],
                "icons": [
                    _icon("app-icon.svg", "any"),
                    _icon("app-icon-192.png", "192x192"),
                    _icon("app-icon-512.png", "512x512"),
                    _icon("app-icon-maskable-512.png", "512x512") | {"purpose": "maskable"},
                ],
                "shortcuts": [
                    {"name": label, "url": url_for(endpoint), "icons": [_icon("app-icon-192.png", "192x192")]}
                    for label, endpoint in shortcuts.items()
                ],
                # By GET: it only fills in a form, so it needs no token and survives signing in.
                "share_target": {
                    "action": url_for("employee.suggestions"),
                    "method": "GET",
                    "enctype": "application/x-www-form-urlencoded",
                    "params": {"title": "title", "text": "text", "url": "url"},
                },
            },
            ensure_ascii=False,
        ).encode(),
        "application/manifest+json",
    )


@blueprint.get("/service-worker.js")
@public  # browsers fetch it by themselves; there is nothing of anybody in it
@asks_nobody
def service_worker() -> Response:
    """Answer the worker, with the names of what it keeps in front: another build is another script, so it is renewed.

    It stands at the root because it may reach no further up than it stands.
    """
    script = (assets.BUILD_FOLDER / assets.manifest()["service-worker.js"]).read_bytes()
    files = [assets.asset_url(name) for name in KEPT_ASSETS]
    version = hashlib.sha256(json.dumps([files, preferences.deployment().organisation_name]).encode()).hexdigest()[:12]
    kept = json.dumps({"version": version, "files": files, "offline": url_for("employee.offline")})
    return _answer(f"self.kept={kept};\n".encode() + script, "text/javascript; charset=utf-8")


@blueprint.get("/offline")
@public  # the worker fetches it without cookies and keeps it; there is nothing of anybody in it
@asks_nobody
def offline() -> Response:
    """Show that there is no connection, honestly: what is not here cannot be shown."""
    return page("layout/offline.html")


def _icon(name: str, sizes: str) -> dict[str, Any]:
    kind = "image/svg+xml" if name.endswith(".svg") else "image/png"
    return {"src": assets.asset_url(name), "sizes": sizes, "type": kind}


def _short(name: str) -> str:
    """Return as many whole words of a name as fit below an icon, or the beginning of the first."""
    short = ""
    for word in name.split():
        if len(f"{short} {word}".strip()) > LONGEST_SHORT_NAME:
            break
        short = f"{short} {word}".strip()
    return short or name[:LONGEST_SHORT_NAME]


def _answer(body: bytes, kind: str) -> Response:
    answer = make_response(body)
    answer.headers["Content-Type"] = kind
    answer.headers["Cache-Control"] = "no-cache"
    return answer
