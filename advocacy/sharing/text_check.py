"""All that is told about a text while it is written, for programs; the share sheet tells the same in words."""

from typing import Any

from advocacy.content.phrases import find_phrases
from advocacy.content.queries import FeedEntry, captions_of
from advocacy.foundation import preferences
from advocacy.foundation.access import Actor
from advocacy.people.queries import employee_of
from advocacy.sharing.captions import language_of
from advocacy.sharing.channels import fold_post, measure
from advocacy.sharing.codes import LENGTH
from advocacy.sharing.disclosure import disclose
from advocacy.sharing.disclosure.trying import checked_network
from advocacy.sharing.likeness import likeness_of
from advocacy.sharing.staggering import advice_for


def text_check(actor: Actor, item: FeedEntry, *, network: str, text: str, discloses: bool) -> dict[str, Any]:
    """Return what would become of a text on a network. Raises Invalid for an unknown network or a locked text."""
    known = checked_network(network)
    wording = text.replace("\r\n", "\n").strip()
    disclosed = disclose(
        wording,
        network=known,
        country=employee_of(actor).country,
        language=language_of(item, wording),
        is_locked=item.version.is_text_locked,
        is_product=item.is_product,
        is_wanted=discloses,
    )
    link = f"{preferences.deployment().link_url}/{'0' * LENGTH}" if item.version.destination else None
    measured = measure(disclosed.text, link, known)
    return {
        "text": disclosed.text,
        "disclosure_added": disclosed.was_added,
        "length": measured.length,
        "limit": measured.limit,
        "fits": measured.fits,
        "seen": fold_post(disclosed.text, known)[0],
        "avoided": [
            {
                "phrase": hit.phrase.phrase,
                "why": hit.phrase.why,
                "instead": hit.phrase.instead,
                "is_blocking": hit.phrase.is_blocking,
                "start": hit.place.start,
                "end": hit.place.end,
            }
            for hit in find_phrases(text)
        ],
        "likeness": likeness_of(actor, text, known, [caption.text for caption in captions_of(item.version.id)]),
        "advice": advice_for(actor, item.key, known),
    }
