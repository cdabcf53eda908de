"""What is told about a text while it is written: checks, places, and how the network would show it."""

from datetime import time
from typing import Any

from flask import request
from flask_babel import format_time
from flask_babel import gettext as _

from advocacy.content.phrases import find_phrases, tell
from advocacy.content.queries import FeedEntry, captions_of
from advocacy.foundation import preferences
from advocacy.foundation.access import Actor
from advocacy.foundation.errors import Invalid
from advocacy.foundation.fields import unfit_character
from advocacy.people import queries as people
from advocacy.portal.network_previews import Preview
from advocacy.portal.presenting import whole
from advocacy.sharing.captions import language_of
from advocacy.sharing.channels import measure
from advocacy.sharing.codes import LENGTH
from advocacy.sharing.disclosure import disclose, explain
from advocacy.sharing.likeness import likeness_of
from advocacy.sharing.staggering import Advice, advice_for
from config.networks import Network

LONGEST_QUOTE = 80


def discloses() -> bool:
    """Return whether the author wants to say where they work; a form that does not ask is a yes."""
    return "asks_disclosure" not in request.form or request.form.get("discloses") == "yes"


def look_at(actor: Actor, entry: FeedEntry, network: Network, text: str) -> dict[str, Any]:
    """Return checks and preview: what will happen to a text, told before it hurts. Never refuses anything."""
    wording = text.strip()
    if unfit_character(wording) is not None:
        return _stopped(_("It contains a character that cannot be stored. Type it anew."))
    found: list[dict[str, Any]] = []
    link = f"{preferences.deployment().link_url}/{'0' * LENGTH}" if entry.destination_host else None
    try:
        disclosed = disclose(
            wording,
            network=network,
            country=people.employee_of(actor).country,
            language=language_of(entry, wording),
            is_locked=entry.version.is_text_locked,
            is_product=entry.is_product,
            is_wanted=discloses(),
        )
    except Invalid as error:
        return _stopped(error.detail)
    state, told = explain(disclosed)
    found.append({"state": state, "text": told})
    measured = measure(disclosed.text, link, network)
    if not measured.fits:
        too_many = _("%(count)s characters too many for %(network)s", count=-measured.left, network=network.name)
        found.append({"state": "stop", "text": too_many})
    if not entry.version.is_text_locked:
        found.extend(_avoided(text))
        if wording:
            found.append(_own_words(actor, entry, network, text))
    if (advice := advice_for(actor, entry.key, network)) is not None:
        found.append({"state": "hint", "text": _later(advice)})
    preview = Preview(network, entry.language, disclosed.text, link, measured, disclosed.was_added)
    added = disclosed.text.replace(wording, "", 1) if disclosed.was_added else ""
    return {"checks": found, "preview": preview if disclosed.text else None, "added": added}


def _stopped(why: str) -> dict[str, Any]:
    return {"checks": [{"state": "stop", "text": why}], "preview": None}


def _own_words(actor: Actor, entry: FeedEntry, network: Network, text: str) -> dict[str, Any]:
    """Return how much a text is the author's own. Compared with others' it is told to the author, and kept nowhere."""
    suggested = [caption.text.strip() for caption in captions_of(entry.version.id)]
    if text.strip() in suggested:
        return {"state": "hint", "text": _("These are suggested words. One sentence of yours makes them yours.")}
    alike = likeness_of(actor, text, network, suggested)
    if alike is None:
        return {"state": "ok", "text": _("In your own words")}
    words = _shortened(text[alike.start : alike.end])
    told = (
        _("“%(words)s” is still as suggested. Say why it matters to you, or what you saw yourself.", words=words)
        if alike.is_suggested
        else _("“%(words)s” is much like what colleagues posted lately. Begin with what only you can say.", words=words)
    )
    start, end = _utf16(text[: alike.start]), _utf16(text[: alike.end])
    return {"state": "hint", "text": told, "field": "field-text", "start": start, "end": end}


def _shortened(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= LONGEST_QUOTE else f"{plain[: LONGEST_QUOTE - 1].rstrip()}…"


def _later(advice: Advice) -> str:
    hour = format_time(time(advice.quieter_hour), "short", rebase=False)
    return _(
        "At least %(count)s colleagues took this there in the last 24 hours. Around %(hour)s it is quieter.",
        count=whole(advice.at_least),
        hour=hour,
    )


def _avoided(text: str) -> list[dict[str, Any]]:
    """Return the phrases to avoid in a text as typed, each with its place in the units browsers count in."""
    return [
        {
            "state": "stop" if hit.phrase.is_blocking else "hint",
            "text": tell(hit),
            "field": "field-text",
            "start": _utf16(text[: hit.place.start]),
            "end": _utf16(text[: hit.place.end]),
        }
        for hit in find_phrases(text)
    ]


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
