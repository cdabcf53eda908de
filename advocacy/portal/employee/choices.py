"""Topics and language: what somebody wants to see, on the same form in Welcome and in My data."""

from typing import Any
from uuid import UUID

from babel import Locale
from flask import request
from flask_babel import gettext as _

from advocacy.foundation.access import Actor
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.people import queries, service
from advocacy.portal.pages import FormErrors

LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pl", "pt", "ar", "hi", "ja", "zh")


def language_options(current: str | None) -> list[tuple[str, str]]:
    """Return languages by their own names; the present one is always among them."""
    codes = dict.fromkeys((*([current] if current else []), *LANGUAGES))
    return [(code, _own_name(code)) for code in codes]


def _own_name(code: str) -> str:
    try:
        return (Locale.parse(code, sep="-").display_name or code).capitalize()
    except (ValueError, LookupError):
        return code


def choices_context(actor: Actor) -> dict[str, Any]:
    """Return the topics and languages to choose from, and what is chosen."""
    employee = queries.employee_of(actor)
    followed = {str(topic.id) for topic in queries.followed_topics(actor)}
    return {
        "topics": [{"value": str(topic.id), "label": topic.name} for topic in queries.topics()],
        "languages": language_options(employee.language),
        "values": {"topics": sorted(followed), "language": employee.language or "en"},
    }


def save_choices(actor: Actor) -> FormErrors:
    """Keep the chosen topics and language. Return what could not be accepted."""
    errors = FormErrors()
    try:
        service.follow_topics(actor, {UUID(text) for text in request.form.getlist("topics")})
    except (ValueError, NotFound):
        errors["topics"] = [_("One of these topics is gone. Choose from the list.")]
    except Invalid as error:
        errors["topics"] = [error.detail]
    try:
        if request.form.get("language"):
            service.change_language(actor, request.form["language"])
    except Invalid as error:
        errors["language"] = [error.detail]
    return errors
