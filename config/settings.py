"""The settings of one deployment, read from the environment and checked once, at start."""

import base64
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from config.addresses import bind_of, check_host, check_port, mail_address_of, origin_of, read_url
from config.inside import Inside, parse_inside
from config.network_apis import DELIVERED
from config.plain_values import at_least, folder_of, language_of, one_line, one_of, zone_of

Value = TypeVar("Value")
Environment = Literal["production", "development", "test"]

MINIMUM_SECRET_LENGTH = 32
KEY_BYTES = 32
KEY_RECIPE = "import base64, secrets; print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())"
MAKE_A_KEY = f"Make one with: python3 -c '{KEY_RECIPE}'"
SMALLEST_GROUP_FLOOR = 5
# Where browsers take their pushes from: Chrome and its relatives, Firefox, Safari, Edge. A star takes all below.
PUSH_HOSTS = (
    "fcm.googleapis.com *.push.services.mozilla.com updates.push.services.mozilla.com web.push.apple.com "
    "*.push.apple.com *.notify.windows.com"
)
# Where Power Automate takes what is posted into Teams: old and new addresses of flows. A star takes all below.
TEAMS_HOSTS = "*.logic.azure.com *.api.powerplatform.com *.powerautomate.com *.api.powerautomate.com"
SLACK_API = "https://slack.com/api"
PASSWORD_IN_QUERY = re.compile(r"([?&][^=&]*pass[^=&]*=)[^&]*", re.IGNORECASE)


class SettingsError(Exception):
    """Every setting that is missing or malformed, told at once."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The settings are not usable:\n" + "\n".join(f"  - {problem}" for problem in problems))


def project_folder() -> Path | None:
    """Return the source checkout this code runs from, or None when it is installed as a package."""
    folder = Path(__file__).resolve().parent.parent
    return folder if (folder / "pyproject.toml").is_file() else None


def default_home() -> Path:
    """Return where data lives unless ADVOCACY_HOME says otherwise: `var` in a checkout, else the user's data folder."""
    checkout = project_folder()
    if checkout is not None:
        return checkout / "var"
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "advocacy"


def is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one process needs to know about its deployment. Secrets never show in `repr`."""

    environment: Environment
    home: Path
    organisation_name: str
    time_zone: str
    default_language: str
    smallest_group: int

    database_url: str
    database_owner_url: str
    database_redirect_url: str
    database_reporting_url: str
    redis_url: str

    portal_url: str
    link_url: str
    uploads_url: str
    portal_bind: str
    link_bind: str
    link_processes: int
    internal_bind: str
    trusted_proxies: int
    egress_inside: tuple[Inside, ...]
    push_hosts: tuple[str, ...]
    network_apis: Path
    slack_api: str
    teams_hosts: tuple[str, ...]

    secret_key: str
    encryption_keys: tuple[str, ...]
    pepper: str

    smtp_url: str
    mail_from: str
    mail_outbox: Path
    journal_folder: Path
    log_level: str
    failpoints: bool

    def __repr__(self) -> str:
        return f"Settings(environment={self.environment!r}, home={str(self.home)!r}, portal_url={self.portal_url!r})"

    def redacted(self) -> dict[str, str]:
        """Return every setting as text with secrets and passwords blanked, for a console."""
        secret = {"secret_key", "encryption_keys", "pepper"}
        shown = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in secret:
                shown[field.name] = "(set)" if value else "(not set)"
            elif field.name.endswith("_url") and isinstance(value, str):
                named = value.split("//", 1)[0] + "//***@" + value.rsplit("@", 1)[1] if "@" in value else value
                shown[field.name] = PASSWORD_IN_QUERY.sub(r"\1***", named)
            else:
                shown[field.name] = str(value)
        return shown

    @property
    def zone(self) -> ZoneInfo:
        """The one programme time zone: it cuts the days that are counted."""
        return ZoneInfo(self.time_zone)

    @property
    def is_https(self) -> bool:
        return self.portal_url.startswith("https://")

    @property
    def is_on_loopback(self) -> bool:
        return is_loopback(urlsplit(self.portal_url).hostname)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check every setting. Raises SettingsError with all problems at once."""
        return cls._checked(environ, _missing)

    @classmethod
    def for_redirect(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read what the short links need, on a host that has no key and no other role. Raises SettingsError."""
        return cls._checked(environ, _missing_for_redirect)

    @classmethod
    def _checked(cls, environ: Mapping[str, str] | None, missing: "Callable[[Settings], list[str]]") -> "Settings":
        reader = _Reader(os.environ if environ is None else environ)
        settings = cls(**reader.values())
        reader.problems.extend(missing(settings) + _contradictions(settings))
        if reader.problems:
            raise SettingsError(reader.problems)
        return settings


class _Reader:
    """Collects problems instead of stopping at the first one."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """Read a value; `NAME_FILE` may name a file that holds it, so that secrets stay out of the environment."""
        file_name = self.environ.get(f"{name}_FILE")
        if file_name:
            try:
                return Path(file_name).read_text(encoding="utf-8").strip()
            except OSError as error:
                self.problems.append(f"{name}_FILE cannot be read: {error.strerror}. Name a readable file.")
                return default
            except ValueError:
                self.problems.append(
                    f"{name}_FILE names a file that is no UTF-8 text. Save it as UTF-8, or name another."
                )
                return default
        value = self.environ.get(name, "").strip()
        return value or default

    def parsed(self, name: str, default: str, parse: Callable[[str], Value], expected: str, fallback: Value) -> Value:
        raw = self.text(name, default)
        try:
            return parse(raw)
        except ValueError:
            self.problems.append(f"{name} is {raw!r}; it must be {expected}.")
            return fallback

    def url(self, name: str, default: str, schemes: tuple[str, ...], *, example: str = "") -> str:
        """Read an address; with an `example` it has to name a host."""
        value = self.text(name, default)
        if value == default:  # what another setting lends is judged there
            return value
        try:
            url = read_url(value, schemes)
            if not name.startswith("DATABASE_"):  # their driver takes passwords that no address may hold
                check_port(url)
            if example:
                check_host(url, example)
        except ValueError as error:
            self.problems.append(f"{name} {error}")
            return _harmless(name)
        return value

    def origin(self, name: str, default: str) -> str:
        try:
            return origin_of(self.text(name, default))
        except ValueError as error:
            self.problems.append(f"{name} {error}")
            return _harmless(name)

    def bind(self, name: str, default: str) -> str:
        return self.parsed(name, default, bind_of, "an address and a port such as 127.0.0.1:8000", default)

    def values(self) -> dict[str, Any]:
        postgresql = ("postgresql", "postgresql+psycopg")
        home = self.parsed("ADVOCACY_HOME", str(default_home()), folder_of, "a folder", default_home())
        database_url = psycopg_url(self.url("DATABASE_URL", "", postgresql))
        return {
            "environment": self.parsed(
                "ADVOCACY_ENV",
                "development",
                one_of("production", "development", "test"),
                "production, development or test",
                "development",
            ),
            "home": home,
            "organisation_name": self.parsed(
                "ADVOCACY_ORGANISATION", "Our organisation", one_line, "a name in one line", ""
            ),
            "time_zone": self.parsed("ADVOCACY_TIME_ZONE", "UTC", zone_of, "an IANA zone such as Europe/Berlin", "UTC"),
            "default_language": self.parsed(
                "ADVOCACY_LANGUAGE", "en", language_of, "the code of a language such as en, de or fr", "en"
            ),
            "smallest_group": self.parsed(
                "ADVOCACY_SMALLEST_GROUP",
                "10",
                at_least(SMALLEST_GROUP_FLOOR),
                f"a whole number of at least {SMALLEST_GROUP_FLOOR}",
                10,
            ),
            "database_url": database_url,
            "database_owner_url": psycopg_url(self.url("DATABASE_OWNER_URL", database_url, postgresql)),
            "database_redirect_url": psycopg_url(self.url("DATABASE_REDIRECT_URL", database_url, postgresql)),
            "database_reporting_url": psycopg_url(self.url("DATABASE_REPORTING_URL", database_url, postgresql)),
            "redis_url": self.url("REDIS_URL", "", ("redis", "rediss", "unix")),
            "portal_url": self.origin("ADVOCACY_PORTAL_URL", "http://127.0.0.1:8000"),
            "link_url": self.origin("ADVOCACY_LINK_URL", "http://127.0.0.1:8001"),
            "uploads_url": self.origin("ADVOCACY_UPLOADS_URL", "http://127.0.0.1:8002"),
            "portal_bind": self.bind("ADVOCACY_PORTAL_BIND", "127.0.0.1:8000"),
            "link_bind": self.bind("ADVOCACY_LINK_BIND", "127.0.0.1:8001"),
            "link_processes": self.parsed(
                "ADVOCACY_LINK_PROCESSES", "1", at_least(1), "a whole number of at least 1", 1
            ),
            "internal_bind": self.bind("ADVOCACY_INTERNAL_BIND", "127.0.0.1:8009"),
            "trusted_proxies": self.parsed("ADVOCACY_TRUSTED_PROXIES", "0", at_least(0), "a whole number", 0),
            "push_hosts": tuple(self.text("ADVOCACY_PUSH_HOSTS", PUSH_HOSTS).replace(",", " ").lower().split()),
            "network_apis": Path(self.text("ADVOCACY_NETWORK_APIS", str(DELIVERED))),
            "slack_api": self.url(
                "ADVOCACY_SLACK_API", SLACK_API, ("http", "https"), example=f"Write it like {SLACK_API}."
            ).rstrip("/"),
            "teams_hosts": tuple(self.text("ADVOCACY_TEAMS_HOSTS", TEAMS_HOSTS).replace(",", " ").lower().split()),
            "egress_inside": self.parsed(
                "ADVOCACY_EGRESS_INSIDE",
                "",
                parse_inside,
                "a list such as 10.2.0.0/16, wiki.example.internal:8443",
                tuple[Inside, ...](),
            ),
            "secret_key": self.text("ADVOCACY_SECRET_KEY"),
            "encryption_keys": tuple(k.strip() for k in self.text("ADVOCACY_ENCRYPTION_KEYS").split(",") if k.strip()),
            "pepper": self.text("ADVOCACY_PEPPER"),
            "smtp_url": self.url("ADVOCACY_SMTP_URL", "", ("smtp", "smtps")),
            "mail_from": self.parsed(
                "ADVOCACY_MAIL_FROM",
                "advocacy@localhost",
                mail_address_of,
                "one mail address such as advocacy@example.org",
                "",
            ),
            "mail_outbox": Path(self.text("ADVOCACY_MAIL_OUTBOX", str(home / "outbox"))),
            "journal_folder": Path(self.text("ADVOCACY_JOURNAL", str(home / "journal"))),
            "log_level": self.parsed(
                "ADVOCACY_LOG_LEVEL",
                "info",
                one_of("debug", "info", "warning", "error"),
                "debug, info, warning or error",
                "info",
            ),
            "failpoints": self.text("ADVOCACY_FAILPOINTS") == "1",
        }


def _missing_for_redirect(settings: Settings) -> list[str]:
    return [] if settings.database_redirect_url else ["DATABASE_REDIRECT_URL is missing. The short links read from it."]


def _missing(settings: Settings) -> list[str]:
    """Return what most processes cannot do without."""
    problems = []
    if not settings.database_url:
        problems.append("DATABASE_URL is missing. Set it, or use `advocacy up`, which brings its own PostgreSQL.")
    if not settings.redis_url:
        problems.append("REDIS_URL is missing. Set it, or use `advocacy up`, which brings its own Valkey.")
    for name, secret in (("ADVOCACY_SECRET_KEY", settings.secret_key), ("ADVOCACY_PEPPER", settings.pepper)):
        if len(secret) < MINIMUM_SECRET_LENGTH:
            problems.append(f"{name} must have at least {MINIMUM_SECRET_LENGTH} random characters.")
    if not settings.encryption_keys:
        problems.append(f"ADVOCACY_ENCRYPTION_KEYS is missing: name at least one key. {MAKE_A_KEY}")
    for number, key in enumerate(settings.encryption_keys, 1):
        try:
            raw_key(key)
        except ValueError as error:
            problems.append(f"Key {number} of ADVOCACY_ENCRYPTION_KEYS cannot be used. {error} {MAKE_A_KEY}")
    return problems


def _contradictions(settings: Settings) -> list[str]:
    """Refuse what each setting allows alone and the whole must not: a start on unsafe ground."""
    problems = []
    for name in ("portal_url", "link_url", "uploads_url"):
        url = urlsplit(getattr(settings, name))
        if url.scheme == "http" and not is_loopback(url.hostname):
            problems.append(f"ADVOCACY_{name.upper()} must be https unless it is on this machine's loopback address.")
    slack = urlsplit(settings.slack_api)
    if slack.scheme == "http" and not is_loopback(slack.hostname):
        problems.append("ADVOCACY_SLACK_API must be https: a token goes along with everything that is sent there.")
    origins = {getattr(settings, name) for name in ("portal_url", "link_url", "uploads_url")}
    if len(origins) < 3:
        problems.append(
            "ADVOCACY_PORTAL_URL, ADVOCACY_LINK_URL and ADVOCACY_UPLOADS_URL must be three different origins."
        )
    if not settings.network_apis.is_file():
        problems.append("ADVOCACY_NETWORK_APIS names no file. Leave it out to use the one that is delivered.")
    if settings.failpoints and settings.environment != "test":
        problems.append("ADVOCACY_FAILPOINTS may be set only with ADVOCACY_ENV=test.")
    return problems


def raw_key(text: str) -> bytes:
    """Return the bytes of an encryption key. Raises ValueError, which never quotes it."""
    try:
        raw = base64.urlsafe_b64decode(text)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError(f"An encryption key must be {KEY_BYTES} random bytes in URL-safe base64.")
    return raw


def psycopg_url(url: str) -> str:
    """Return the same address for the one driver this product uses."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def owner_url_of(environ: Mapping[str, str]) -> str:
    """Return the address that migrations use, before any other setting is known. Raises SettingsError."""
    reader = _Reader(environ)
    url = reader.text("DATABASE_OWNER_URL") or reader.text("DATABASE_URL")
    if reader.problems:
        raise SettingsError(reader.problems)
    return psycopg_url(url)


def _harmless(name: str) -> str:
    """Return what stands for a refused address, so that nothing else is said of it."""
    return f"https://{name.lower().replace('_', '-')}.invalid"
