"""Why somebody sees an item, and why it stands where it does, in sentences."""

from flask_babel import gettext as _
from flask_babel import ngettext

from advocacy.content.models import SkipReason
from advocacy.content.queries import FeedEntry, Reason
from advocacy.content.skipping import REASON_WORDS
from advocacy.portal.comms.labels import country_name, language_name


def reasons_in_words(entry: FeedEntry) -> list[str]:
    """Return a sentence for every reason, in the order in which they count."""
    return [_sentence(reason) for reason in entry.reasons]


def _sentence(reason: Reason) -> str:
    name = reason.name or ""
    match reason.kind:
        case "unit":
            return _("It is meant for %(unit)s, where you work.", unit=name)
        case "topic":
            return _("It is meant for those who follow %(topic)s, as you do.", topic=name)
        case "role":
            return _("It is meant for people whose job title says “%(role)s”.", role=name)
        case "country":
            return _("It is meant for people in %(country)s.", country=country_name(name))
        case "language":
            return _("It is meant for people who read %(language)s.", language=language_name(name))
        case "follows":
            return _("You follow %(topic)s, so it stands higher.", topic=name)
        case "reads":
            return _("You can read it in your language, so it stands higher.")
        case "pinned":
            return _("Its makers pinned it to the top. It leaves the top once you saw it on five days.")
        case "priority":
            return _("Its makers gave it priority.")
        case "new":
            return _("It is rather new. New things stand higher for some days.")
        case "seen":
            return ngettext(
                "You saw it on %(num)s day and went on, so it stands lower.",
                "You saw it on %(num)s days and went on, so it stands lower.",
                reason.count or 0,
            )
        case "turn":
            return _("A little of the order changes every day, so that the same things are not always first.")
    return _("It is meant for everybody here.")


def skip_reasons() -> list[dict[str, str]]:
    """Return what may be said against an item, with the words for it."""
    return [{"value": reason.value, "label": label} for reason, label in skip_words().items() if reason != "not_said"]


def skip_words() -> dict[SkipReason, str]:
    return {reason: _(words) for reason, words in REASON_WORDS.items()}
