"""Settings as they are shown: never with what opens something."""

import pytest

from config.settings import Settings

CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"postgresql://me:{CANARY}@db.example/advocacy"),
        ("DATABASE_URL", f"postgresql://db.example/advocacy?user=me&password={CANARY}&sslmode=require"),
        ("DATABASE_REDIRECT_URL", f"postgresql://me:x%40{CANARY}@db.example/advocacy"),
        ("REDIS_URL", f"redis://:{CANARY}@cache.example:6379/0"),
        ("REDIS_URL", f"unix:///run/redis.sock?db=0&password={CANARY}"),
        ("ADVOCACY_SMTP_URL", f"smtps://me:{CANARY}@mail.example"),
        ("ADVOCACY_SECRET_KEY", CANARY * 6),
        ("ADVOCACY_PEPPER", CANARY * 6),
    ],
)
def test_no_secret_is_shown(environment, name, value):
    settings = Settings.from_env({**environment, name: value})
    assert CANARY not in repr(settings)
    assert CANARY not in str(settings)
    shown = settings.redacted()
    assert CANARY not in str(shown)
    assert name != "DATABASE_URL" or "db.example" in shown["database_url"]


def test_keys_are_not_shown(settings):
    shown = str(settings.redacted())
    for secret in (settings.secret_key, settings.pepper, *settings.encryption_keys):
        assert secret not in shown
        assert secret not in repr(settings)
