"""Writing one person's digest: what Today would show, in their language, as text and as HTML without any picture."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.support import Translations
from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from advocacy.content.queries import FeedEntry, pick_for
from advocacy.foundation import preferences
from advocacy.notifications.letters import Letter, catalogue
from advocacy.people.models import Employee
from advocacy.sharing.digests import links
from advocacy.sharing.queries import posted_item_keys

TEMPLATES = Path(__file__).parent / "templates"
MOST_ITEMS = 5
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest ready to be sent, with the headers that let a mail program stop it in one click (RFC 8058)."""

    letter: Letter
    headers: dict[str, str]


def write_digest(employee: Employee, *, local_on: date, since: Any = None) -> Digest | None:
    """Return somebody's digest, or None when nothing in it went live since the one before."""
    entries, matching = pick_for(
        links.reader(employee),
        most=MOST_ITEMS,
        without_keys=posted_item_keys(links.reader(employee)),
    )
    if not any(since is None or entry.live_from > since for entry in entries):
        return None
    language = language_of_letter(employee.language)
    stop = links.stop_url(employee.id)
    context = {
        "organisation": preferences.deployment().organisation_name,
        "portal": preferences.deployment().portal_url,
        "language": language,
        "direction": Locale.parse(language).text_direction,
        "day": format_date(local_on, "full", locale=language),
        "name": (employee.name or "").split(" ")[0],
        "items": [(entry, links.sheet_url(employee.id, entry.id)) for entry in entries],
        "more": matching - len(entries),
        "stop_url": stop,
        "reason": _reason(catalogue(language).gettext),
    }
    subject = _subject(entries, catalogue(language).gettext, catalogue(language).ngettext)
    text = _environment(language).get_template("digest.txt").render(context, subject=subject)
    page = _environment(language).get_template("digest.html").render(context, subject=subject)
    letter = Letter(subject, text.strip() + "\n", _inliner().inline(page), language)
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Digest(letter, headers)


def _subject(entries: list[FeedEntry], _: Callable[[str], str], ngettext: Callable[[str, str, int], str]) -> str:
    title = " ".join(entries[0].title.split())
    more = len(entries) - 1
    if not more:
        return _("Worth sharing: {title}").format(title=title)
    words = ngettext("Worth sharing: {title}, and one more", "Worth sharing: {title}, and {count} more", more)
    return words.format(title=title, count=more)


def _reason(_: Callable[[str], str]) -> Callable[[FeedEntry], str]:
    """Return what tells why an item is in somebody's digest, in the reader's language."""

    def words(entry: FeedEntry) -> str:
        if entry.why.kind == "unit" and entry.why.name:
            return _("For {unit}").format(unit=entry.why.name)
        known = {
            "topic": _("Because you follow its topic"),
            "role": _("For people with your role"),
            "country": _("For your country"),
            "language": _("In your language"),
        }
        return known.get(entry.why.kind, _("For everybody"))

    return words


def language_of_letter(wanted: str | None) -> str:
    """Return the language a letter is written in: one that has a catalogue, or English."""
    for name in ((wanted or "").split("-")[0], preferences.deployment().default_language.split("-")[0]):
        if name == DEFAULT_LANGUAGE or (name and isinstance(catalogue(name), Translations)):
            try:
                return str(Locale.parse(name))
            except (ValueError, UnknownLocaleError):
                continue
    return DEFAULT_LANGUAGE


@lru_cache(maxsize=8)
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    return environment


@cache
def _inliner() -> CSSInliner:
    """Return what moves styles into the elements: many mail programs drop the rest. Nothing is fetched."""
    return CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
