"""Settings: refused with all that is wrong with them at once, and shown without what opens something."""

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


REFUSED = [
    ("ADVOCACY_PORTAL_URL", "http://[::1", "cannot be read as an address"),
    ("ADVOCACY_PORTAL_URL", "https://", "names no host"),
    ("ADVOCACY_PORTAL_URL", "https://:8443", "names no host"),
    ("ADVOCACY_PORTAL_URL", "https://peo ple.example", "names no host"),
    ("ADVOCACY_PORTAL_URL", "https://people.example/advocacy", "nothing more"),
    ("ADVOCACY_LINK_URL", "https://go.example?x=1", "nothing more"),
    ("ADVOCACY_UPLOADS_URL", f"https://me:{CANARY}@files.example", "nothing more"),
    ("ADVOCACY_PORTAL_URL", "https://people.example:notaport", "port that does not exist"),
    ("ADVOCACY_PORTAL_URL", "https://people.example:0", "port that does not exist"),
    ("ADVOCACY_PORTAL_URL", "https://people.example:99999", "port that does not exist"),
    ("ADVOCACY_PORTAL_URL", "people.example", "must start with one of: http://, https://"),
    ("ADVOCACY_SMTP_URL", f"smtp://me:{CANARY}@mail.example:abc", "port that does not exist"),
    ("ADVOCACY_SMTP_URL", f"smtp://me:[{CANARY}@mail.example", "cannot be read as an address"),
    ("ADVOCACY_SLACK_API", "https:///api", "names no host"),
    ("DATABASE_URL", f"postgresql://me:[{CANARY}@db.example/advocacy", "cannot be read as an address"),
    ("DATABASE_URL", f"mysql://me:{CANARY}@db.example/advocacy", "must start with one of: postgresql://"),
    ("REDIS_URL", f"redis://:{CANARY}@cache.example:abc/0", "port that does not exist"),
    *(
        (f"ADVOCACY_{name}_BIND", value, "an address and a port such as 127.0.0.1:8000")
        for name in ("PORTAL", "LINK", "INTERNAL")
        for value in ("nonsense", ":99999", ":8000", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:", "::1:8000")
    ),
    ("ADVOCACY_TIME_ZONE", "Europe", "an IANA zone"),
    ("ADVOCACY_TIME_ZONE", "../Berlin", "an IANA zone"),
    ("ADVOCACY_TIME_ZONE", "Nowhere/Else", "an IANA zone"),
    *(
        ("ADVOCACY_LANGUAGE", value, "the code of a language such as en, de or fr")
        for value in ("klingon!", "klingon", "tlh", "EN", "pt-BR", "und")
    ),
    *(
        ("ADVOCACY_MAIL_FROM", value, "one mail address")
        for value in (
            "us@people.example\nBcc: them@people.example",
            "us",
            "us@",
            "a@x.example, b@x.example",
            "Us <a@b>",
        )
    ),
    ("ADVOCACY_ORGANISATION", "Meridian\nWorks", "a name in one line"),
    ("ADVOCACY_HOME", "~nobody-of-this-name/advocacy", "a folder"),
]


@pytest.mark.parametrize(("name", "value", "told"), REFUSED)
def test_a_setting_that_means_nothing_is_named(environment, name, value, told):
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**environment, name: value})
    (problem,) = refused.value.problems
    assert problem.startswith(f"{name} ")
    assert told in problem
    assert CANARY not in problem


def test_everything_that_is_wrong_is_told_at_once(environment):
    wrong = {name: value for name, value, _told in REFUSED}
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**environment, **wrong})
    assert sorted(problem.split()[0] for problem in refused.value.problems) == sorted(wrong)


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_named(environment, tmp_path, content):
    path = tmp_path / "zone"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**environment, "ADVOCACY_TIME_ZONE_FILE": str(path)})
    (problem,) = refused.value.problems
    assert problem.startswith("ADVOCACY_TIME_ZONE_FILE ")


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("portal_url", "HTTPS://People.Example:443/", "https://people.example"),
        ("portal_url", "https://people.example:8443", "https://people.example:8443"),
        ("link_url", "http://[::1]:8001/", "http://[::1]:8001"),
        ("slack_api", "https://slack.example/api/", "https://slack.example/api"),
        ("smtp_url", "smtp://me:p%40ss@[::1]:2525", "smtp://me:p%40ss@[::1]:2525"),
        ("redis_url", "unix:///run/redis.sock?db=0", "unix:///run/redis.sock?db=0"),
        ("portal_bind", "[::]:8000", "[::]:8000"),
        ("internal_bind", "localhost:8009", "localhost:8009"),
        ("mail_from", "müller+us@people.example", "müller+us@people.example"),
        ("default_language", "fr", "fr"),
        ("time_zone", "America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
    ],
)
def test_what_a_setting_means_is_kept(environment, name, value, meant):
    variable = name.upper() if name == "redis_url" else f"ADVOCACY_{name.removeprefix('default_').upper()}"
    assert getattr(Settings.from_env({**environment, variable: value}), name) == meant


def test_a_password_that_no_address_may_hold_is_left_to_the_driver_of_the_database(environment):
    settings = Settings.from_env({**environment, "DATABASE_URL": "postgresql://me:pa#ss/word@db.example:5432/advocacy"})
    assert settings.database_url == "postgresql+psycopg://me:pa#ss/word@db.example:5432/advocacy"
