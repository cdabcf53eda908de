"""One item as a card in a channel of Teams. Everybody there reads it, so nothing in it belongs to one person.

What people wrote stands in text runs, which know no Markdown: nobody can hide a link in a title.
"""

from typing import Any
from uuid import UUID

from advocacy.content.models import ContentText
from advocacy.foundation import preferences
from advocacy.notifications.letters import catalogue
from advocacy.sharing.digests.writing import language_of_letter

LONGEST_TITLE, LONGEST_TEXT = 200, 1_500


def write_card(item_id: UUID, text: ContentText, note: str | None) -> dict[str, Any]:
    """Return an item as an Adaptive Card whose button leads to the item's page in the portal, behind the sign-in."""
    words = catalogue(language_of_letter(preferences.deployment().default_language)).gettext
    body = [_run(text.title, LONGEST_TITLE, size="Large", weight="Bolder")]
    if note:
        body.append(_run(note, LONGEST_TEXT))
    if text.summary:
        body.append(_run(text.summary, LONGEST_TEXT))
    hint = words("Share it in your own words, and let your readers know that you work at {organisation}.").format(
        organisation=preferences.deployment().organisation_name
    )
    body.append(_run(hint, LONGEST_TEXT, isSubtle=True, size="Small"))
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": text.language,
        "fallbackText": text.title[:LONGEST_TITLE],
        "body": body,
        "actions": [
            {
                "type": "Action.OpenUrl",
                "title": words("Open it to share"),
                "url": f"{preferences.deployment().portal_url}/items/{item_id}/share",
            }
        ],
    }


def _run(text: str, longest: int, **look: Any) -> dict[str, Any]:
    short = text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": short, **look}]}
