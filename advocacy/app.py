"""The application factory: the only place that knows every capability."""

from flask import Flask
from flask_babel import Babel
from flask_smorest import Api
from flask_wtf.csrf import CSRFProtect

from advocacy.foundation import db, preferences, web
from advocacy.identity import browser
from config.settings import Settings

csrf = CSRFProtect()
babel = Babel()


def create_app(settings: Settings) -> Flask:
    """Return the portal and its JSON API for one deployment."""
    app = Flask("advocacy.portal", static_folder="static/build", static_url_path="/static")
    preferences.init(settings)
    db.bind(settings)
    web.init_app(app, settings, browser.load_actor)
    return app
