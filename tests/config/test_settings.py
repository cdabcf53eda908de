"""Settings as they are shown: never with what opens something."""

import subprocess

import pytest

from config.settings import MAKE_A_KEY, Settings, SettingsError, raw_key

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


GOOD = "u5HRiKqVoBsC3U4sxkWv2vUGT7nB2kTrWkQZxTn9zVg="


@pytest.mark.parametrize(
    "key",
    [
        "changeme",  # decodes to six bytes
        "correct horse battery staple",
        GOOD[:-1],
        GOOD[:40],
        GOOD[:-1] + "AAAA=",
        "a" * 64,  # 32 bytes in hexadecimal
        "schlüssel" * 5,
    ],
)
def test_an_encryption_key_that_cannot_be_used_keeps_everything_from_starting(environment, key):
    for keys, number in ((key, 1), (f"{GOOD}, {key}", 2)):
        with pytest.raises(SettingsError) as refused:
            Settings.from_env({**environment, "ADVOCACY_ENCRYPTION_KEYS": keys})
        (problem,) = refused.value.problems
        assert problem.startswith(f"Key {number} of ADVOCACY_ENCRYPTION_KEYS cannot be used.")
        assert "Make one with" in problem
        assert key not in str(refused.value)


def test_blanks_and_empty_places_between_keys_do_not_matter(environment):
    settings = Settings.from_env({**environment, "ADVOCACY_ENCRYPTION_KEYS": f" {GOOD} ,, {GOOD[::-1][1:]}= "})
    assert settings.encryption_keys == (GOOD, GOOD[::-1][1:] + "=")
    with pytest.raises(SettingsError, match="ENCRYPTION_KEYS is missing"):
        Settings.from_env({**environment, "ADVOCACY_ENCRYPTION_KEYS": " , "})


def test_the_way_to_make_a_key_makes_one_that_can_be_used():
    key = subprocess.run(["sh", "-c", MAKE_A_KEY.partition(": ")[2]], capture_output=True, text=True, check=True)
    assert raw_key(key.stdout.strip())
