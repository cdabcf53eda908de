"""The list of phrases to avoid: kept with reasons, checked against protected speech, and looked for in texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from advocacy.content import queries
from advocacy.content.models import ContentVersion
from advocacy.content.phrase_matching import Place, around, canonical, first_of_each
from advocacy.content.phrase_models import AvoidedPhrase
from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, FieldProblem, Invalid, NotFound
from advocacy.foundation.fields import unfit_character
from advocacy.people.protected_speech import findings_in_phrase

LONGEST_PHRASE, LONGEST_REASON = 120, 500
MOST_PHRASES = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase that stands in a text, where, and a piece of the text around it."""

    phrase: AvoidedPhrase
    place: Place
    around: str


def avoided_phrases() -> list[AvoidedPhrase]:
    """Return the list as it is now, in the order of the alphabet."""
    rows = select(AvoidedPhrase).where(AvoidedPhrase.removed_at.is_(None)).order_by(AvoidedPhrase.canonical)
    return list(session.scalars(rows))


def find_phrases(text: str, phrases: Sequence[AvoidedPhrase] | None = None) -> list[Found]:
    """Return the phrases to avoid that a text holds, in its own order. `phrases` spares reading the list again."""
    listed = {row.canonical: row for row in (avoided_phrases() if phrases is None else phrases)}
    found = first_of_each(listed, text)
    return sorted(
        (Found(listed[phrase], place, around(text, place)) for phrase, place in found.items()),
        key=lambda one: one.place.start,
    )


def tell(found: Found) -> str:
    """Return a sentence for the writer: which words, where, why, and what to say instead."""
    words = found.phrase.phrase
    if found.phrase.instead:
        return _(
            "“%(words)s” in “%(around)s”: %(why)s Say “%(instead)s” instead.",
            words=words,
            around=found.around,
            why=_full_stop(found.phrase.why),
            instead=found.phrase.instead,
        )
    return _("“%(words)s” in “%(around)s”: %(why)s", words=words, around=found.around, why=_full_stop(found.phrase.why))


def refuse_blocked(text: str, pointer: str) -> None:
    """Raise Invalid, naming every place, when a text holds a phrase that may not go out."""
    blocked = [found for found in find_phrases(text) if found.phrase.is_blocking]
    if blocked:
        problems = tuple(FieldProblem(pointer, "avoided_phrase", tell(found)) for found in blocked)
        raise Invalid(_("Some words may not go out like this."), problems=problems)


def refuse_blocked_in(version: ContentVersion) -> None:
    """Raise Invalid, naming every place, when titles, summaries or captions hold a phrase that may not go out."""
    listed = [phrase for phrase in avoided_phrases() if phrase.is_blocking]
    problems = [
        FieldProblem(pointer, "avoided_phrase", tell(found))
        for pointer, text in _texts_of(version)
        for found in find_phrases(text, listed)
    ]
    if problems:
        raise Invalid(_("Some words may not go out like this."), problems=tuple(problems))


def _texts_of(version: ContentVersion) -> Iterator[tuple[str, str]]:
    for text in queries.texts_of(version.id):
        yield f"texts/{text.language}/title", text.title
        yield f"texts/{text.language}/summary", text.summary
    for number, caption in enumerate(queries.captions_of(version.id)):
        yield f"captions/{number}/text", caption.text


def add_phrase(
    actor: Actor,
    *,
    phrase: str,
    why: str,
    instead: str | None = None,
    is_blocking: bool = False,
    override_reason: str | None = None,
) -> AvoidedPhrase:
    """Put a phrase on the list. One that touches protected speech needs a reason, which stays on the audit trail.

    Raises NotPermitted, Invalid naming every field that is wrong (code `protected_speech` where a reason is needed),
    Conflict when it is there already or the list is full.
    """
    require(actor, Permission.SETTINGS_WRITE)
    problems: list[FieldProblem] = []
    words = _checked("phrase", phrase, LONGEST_PHRASE, problems)
    form = canonical(words)
    if words and not any(character.isalnum() for character in form):
        problems.append(FieldProblem("phrase", "invalid", _("A phrase needs at least one letter or digit.")))
    told = _checked("why", why, LONGEST_REASON, problems)
    better = _checked("instead", instead or "", LONGEST_PHRASE, problems, optional=True)
    reason = _checked("override_reason", override_reason or "", LONGEST_REASON, problems, optional=True)
    protected = findings_in_phrase(words)
    if protected and not reason:
        topics = ", ".join(dict.fromkeys(_(finding.topic) for finding in protected))
        detail = _("This touches protected speech (%(what)s). Leave it off, or say why it has to stand.", what=topics)
        problems.append(FieldProblem("override_reason", "protected_speech", detail))
    if problems:
        raise Invalid(_("Some fields need another look."), problems=tuple(problems))
    listed = select(AvoidedPhrase.id).where(AvoidedPhrase.canonical == form, AvoidedPhrase.removed_at.is_(None))
    if session.scalar(listed) is not None:
        raise Conflict(_("This phrase is on the list already, in some spelling."))
    if (session.scalar(select(func.count()).where(AvoidedPhrase.removed_at.is_(None))) or 0) >= MOST_PHRASES:
        raise Conflict(_("A list has at most %(most)s phrases. Nobody remembers more.", most=MOST_PHRASES))
    row = AvoidedPhrase(
        phrase=words,
        canonical=form,
        why=told,
        instead=better or None,
        is_blocking=is_blocking,
        override_reason=reason or None,
        added_by=actor.account_id,
    )
    session.add(row)
    session.flush()  # the trail names the row
    audit.record(
        actor,
        "phrase.added",
        subject_kind="avoided_phrase",
        subject_id=row.id,
        phrase=words,
        is_blocking=is_blocking,
        protected=[finding.topic for finding in protected],
        override_reason=reason or None,
    )
    return row


def remove_phrase(actor: Actor, phrase_id: UUID) -> AvoidedPhrase:
    """Take a phrase off the list; it stays on record. Raises NotPermitted, NotFound."""
    require(actor, Permission.SETTINGS_WRITE)
    row = session.scalar(
        select(AvoidedPhrase).where(AvoidedPhrase.id == phrase_id, AvoidedPhrase.removed_at.is_(None)).with_for_update()
    )
    if row is None:
        raise NotFound(_("There is no such phrase on the list."))
    row.removed_at, row.removed_by = clock.now(), actor.account_id
    audit.record(actor, "phrase.removed", subject_kind="avoided_phrase", subject_id=row.id, phrase=row.phrase)
    return row


def _checked(name: str, text: str, longest: int, problems: list[FieldProblem], *, optional: bool = False) -> str:
    cleaned = " ".join(text.split())
    if len(cleaned) > longest or unfit_character(cleaned) is not None:
        problems.append(FieldProblem(name, "invalid", _("Write at most %(most)s characters.", most=longest)))
    elif not cleaned and not optional:
        problems.append(FieldProblem(name, "missing", _("Fill this in: writers will read it.")))
    return cleaned


def _full_stop(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."
