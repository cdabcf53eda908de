"""The WSGI entry point: `granian --interface wsgi wsgi:app`."""

from advocacy.app import create_app
from config.settings import Settings

app = create_app(Settings.from_env())
