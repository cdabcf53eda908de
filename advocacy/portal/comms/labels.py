"""Kinds and states of items as people call them."""

from babel import Locale
from flask_babel import get_locale
from flask_babel import gettext as _

from advocacy.content.models import ItemKind, ItemState
from advocacy.portal.employee.choices import LANGUAGES

TONES = {
    ItemState.DRAFT: "neutral",
    ItemState.IN_REVIEW: "warn",
    ItemState.LIVE: "good",
    ItemState.WITHDRAWN: "bad",
    ItemState.EXPIRED: "neutral",
}


def kind_name(kind: ItemKind) -> str:
    return {
        ItemKind.ARTICLE: _("Article"),
        ItemKind.JOB: _("Job opening"),
        ItemKind.EVENT: _("Event"),
        ItemKind.VIDEO: _("Video"),
        ItemKind.IMAGE: _("Picture"),
        ItemKind.TEXT: _("Text only"),
    }[kind]


def state_name(state: ItemState) -> str:
    return {
        ItemState.DRAFT: _("Draft"),
        ItemState.IN_REVIEW: _("In review"),
        ItemState.APPROVED: _("Approved"),
        ItemState.SCHEDULED: _("Scheduled"),
        ItemState.LIVE: _("Live"),
        ItemState.EXPIRED: _("Over"),
        ItemState.WITHDRAWN: _("Withdrawn"),
    }[state]


def state_tone(state: ItemState) -> str:
    return TONES.get(state, "")


def language_name(code: str) -> str:
    """Return a language's name in the reader's language, else its code."""
    try:
        return Locale.parse(code, sep="-").get_display_name(get_locale() or "en") or code
    except (ValueError, LookupError):
        return code


def country_name(code: str) -> str:
    locale = get_locale() or Locale("en")
    return str(locale.territories.get(code, code))


def language_options(*present: str) -> list[tuple[str, str]]:
    """Return the languages to choose from; those in use already are always among them."""
    codes = dict.fromkeys((*LANGUAGES, *(code for code in present if code)))
    return sorted(((code, language_name(code)) for code in codes), key=lambda option: option[1])
