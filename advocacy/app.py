"""The application factory: the only place that knows every capability."""

import importlib
import importlib.util
import json
import os
import re
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, has_app_context, has_request_context, jsonify, render_template, request
from flask_babel import Babel, get_locale, get_translations
from flask_wtf.csrf import CSRFProtect
from whitenoise import WhiteNoise

from advocacy import __version__, portal
from advocacy.foundation import db, health, metrics, preferences, rest, uploads, web
from advocacy.foundation.headers import HSTS
from advocacy.foundation.tables import import_models
from advocacy.foundation.web import asks_nobody, public
from advocacy.identity import browser
from advocacy.portal import assets
from config.settings import Settings

# Every capability that has operations under /api/v1.
API_CAPABILITIES = (
    "notifications",
    "notifications.chats",
    "identity",
    "people",
    "content",
    "content.review",
    "content.unfurling",
    "content.sources",
    "learning",
    "sharing",
    "sharing.accounts",
    "conversations",
    "recruiting",
    "measurement",
    "programme",
    "programme.recognition",
)
LANGUAGES = ("en", "de", "es")
LOOPBACK_HOSTS = ("localhost", ".localhost", "127.0.0.1")
# For whoever opens an asset as a page of its own: an image with a script in it stays an image.
ASSET_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
HASHED_NAME = re.compile(r"-[0-9A-Z]{8,}\.[a-z0-9]+$")


def create_app(settings: Settings) -> Flask:
    """Return the portal and its JSON API for one deployment. Raises RuntimeError rather than start on unsafe ground."""
    import_models()
    app = Flask("advocacy.portal", static_folder="static/build", static_url_path=assets.URL_PREFIX.rstrip("/"))
    preferences.init(settings)
    db.bind(settings)
    app.config.update(
        TRUSTED_HOSTS=[urlsplit(settings.portal_url).hostname or "localhost", *LOOPBACK_HOSTS],
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below: the API has no cookies, so it has nothing to forge
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
        BABEL_DEFAULT_LOCALE=settings.default_language,
        BABEL_DEFAULT_TIMEZONE=settings.time_zone,
        BABEL_TRANSLATION_DIRECTORIES=os.path.join(os.path.dirname(__file__), "translations"),
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    Babel(app, locale_selector=lambda: _language(settings))
    _translate_templates(app)
    web.init_app(app, settings, browser.load_actor)
    browser.init_app(app)
    _protect_forms(app)
    _serve_assets(app, settings)
    app.jinja_env.globals.update(asset_url=assets.asset_url, organisation_name=settings.organisation_name)
    app.extensions["observe_request"] = metrics.observe_request
    _add_health(app, settings)
    _add_api(app)
    portal.register(app)
    return app


def _language(settings: Settings) -> str:
    wanted = browser.preferred_language() if has_request_context() else None
    if wanted is not None and wanted.split("-")[0] in LANGUAGES:
        return wanted.split("-")[0]
    accepted = request.accept_languages.best_match(LANGUAGES) if has_request_context() else None
    return accepted or settings.default_language


def _translate_templates(app: Flask) -> None:
    """Look for the catalogue once a request and language, not once for each of a page's hundred texts."""

    def catalogue() -> Any:
        locale, kept = get_locale(), g.get("catalogue") if has_app_context() else None
        if kept is None or kept[0] is not locale:
            kept = (locale, get_translations())
            if has_app_context():
                g.catalogue = kept
        return kept[1]

    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: catalogue().ugettext(text),
        lambda one, many, count: catalogue().ungettext(one, many, count),
        newstyle=True,
        pgettext=lambda context, text: catalogue().upgettext(context, text),
        npgettext=lambda context, one, many, count: catalogue().unpgettext(context, one, many, count),
    )


def _protect_forms(app: Flask) -> None:
    """Ask every change that comes with a cookie for its token."""
    csrf = CSRFProtect(app)
    for view in portal.WITHOUT_TOKEN:
        csrf.exempt(view)

    @app.before_request
    def check_token() -> None:
        if request.endpoint is not None and not web.wants_api_answer():
            csrf.protect(apply_exemptions=True)


def _serve_assets(app: Flask, settings: Settings) -> None:
    """Serve built assets before Flask is asked; names that carry a hash are kept for ever by browsers."""
    if not assets.BUILD_FOLDER.is_dir():
        return

    def harden(headers: Any, _path: str, _url: str) -> None:
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Content-Security-Policy"] = ASSET_POLICY
        if settings.is_https:
            headers["Strict-Transport-Security"] = HSTS

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(assets.BUILD_FOLDER),
        prefix=assets.URL_PREFIX,
        immutable_file_test=lambda _path, url: HASHED_NAME.search(url) is not None,
        add_headers_function=harden,
        allow_all_origins=False,
    )


def _add_health(app: Flask, settings: Settings) -> None:
    @app.get("/livez")
    @public  # a probe has no account
    @asks_nobody
    def livez() -> Response:
        """Say that this process runs. Asks nobody else."""
        return jsonify(status="ok")

    @app.get("/readyz")
    @public
    @asks_nobody
    def readyz() -> tuple[Response, int]:
        """Say whether requests can be served. Why not is told on the internal port only."""
        found = health.readiness(settings)
        answer: dict[str, Any] = {"status": "ok" if found.is_ready else "unavailable"}
        if found.degraded:
            answer["degraded"] = list(found.degraded)
        return jsonify(answer), 200 if found.is_ready else 503

    @app.get("/version")
    @public
    @asks_nobody
    def version() -> Response:
        """Say which code this is and which schema it was written for."""
        return jsonify(
            version=__version__,
            commit=os.environ.get("ADVOCACY_COMMIT", "unknown"),
            schema=health.code_head(),
        )


def _add_api(app: Flask) -> None:
    api = rest.make_api(app, __version__)
    for capability in API_CAPABILITIES:
        name = f"advocacy.{capability}.api"
        if importlib.util.find_spec(name) is not None:
            api.register_blueprint(importlib.import_module(name).blueprint)

    @app.get("/api/v1/openapi.json")
    @public  # the description is in the public repository
    def openapi() -> dict[str, Any]:
        """Answer the description of the API."""
        return openapi_document(app)

    @app.get("/api/docs")
    @public
    def api_docs() -> str:
        """Show the description of the API to people."""
        return render_template("layout/api_docs.html")

    app.extensions["openapi"] = api


def openapi_document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI description of an application."""
    return rest.openapi_document(app, app.extensions["openapi"], web.access_of, web.remembers_answers)


def described_api() -> str:
    """Return the OpenAPI description as it is committed: without a database, a deployment or a version of today."""
    local = {
        "DATABASE_URL": "postgresql://nobody@localhost/nothing",
        "REDIS_URL": "redis://localhost",
        "ADVOCACY_SECRET_KEY": "0" * 64,
        "ADVOCACY_PEPPER": "0" * 64,
        "ADVOCACY_ENCRYPTION_KEYS": "A" * 43 + "=",
    }
    app = create_app(Settings.from_env(local))
    return json.dumps(openapi_document(app), indent=2, ensure_ascii=False) + "\n"


def create_uploads_app(settings: Settings) -> Any:
    """Return the application of the uploads origin: pictures by the hash of their content, and nothing else."""
    preferences.init(settings)
    return uploads.Uploads(db.bind(settings))
