"""The WSGI entry points: `wsgi:app` for Granian, and `wsgi:uploads` for the origin of pictures that people upload."""

from typing import Any

from config.settings import Settings


def __getattr__(name: str) -> Any:
    """Build only the application that was asked for: each has a process of its own."""
    from advocacy import app as factory
    from advocacy.foundation import logs

    makers = {"app": factory.create_app, "uploads": factory.create_uploads_app}
    if name not in makers:
        raise AttributeError(name)
    settings = Settings.from_env()
    logs.configure(settings, "web" if name == "app" else name)
    globals()[name] = made = makers[name](settings)
    return made
