"""Writing lessons: drafts, versions that never change once published, and what is asked of whom."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, FieldProblem, Invalid, NotFound, PreconditionFailed
from advocacy.foundation.fields import unfit_character
from advocacy.learning import queries
from advocacy.learning.defaults import DEFAULT_LESSONS
from advocacy.learning.models import Lesson, LessonPass, LessonState, LessonSubject, LessonText, LessonVersion
from advocacy.learning.texts import LONGEST_REASON, LONGEST_SOURCE, Texts, checked_draft, require_complete
from advocacy.people.protected_speech import findings_in
from advocacy.people.queries import today

MOST_LESSONS = 60
# A lesson nobody can take any more needs no memory of who took it.
KEPT_AFTER_WITHDRAWAL = timedelta(days=30)
CHANGEABLE = frozenset({"subject", "is_required", "asked_again_on", "position"})


def draft_lesson(
    actor: Actor, *, subject: LessonSubject, texts: Texts, source: str = "", is_required: bool = False
) -> Lesson:
    """Begin a lesson. Nobody but authors sees it before it is published. Raises NotPermitted, Invalid, Conflict."""
    require_in(actor, Permission.CONTENT_WRITE, None)
    checked = checked_draft(texts)
    known = session.scalars(select(func.count()).select_from(Lesson)).one()
    if known >= MOST_LESSONS:
        raise Conflict(_("There are %(most)s lessons already. Nobody learns more.", most=MOST_LESSONS))
    last = session.scalar(select(func.max(Lesson.position)))
    lesson = Lesson(subject=subject, is_required=is_required, position=(last or 0) + 1, created_by=actor.account_id)
    session.add(lesson)
    session.flush()  # the version refers to its key
    _add_version(lesson, 1, checked, _checked_source(source), actor.account_id)
    audit.record(actor, "lesson.drafted", subject_kind="lesson", subject_id=lesson.id)
    return lesson


def change_lesson(
    actor: Actor,
    lesson_id: UUID,
    *,
    seen_version: int,
    texts: Texts | None = None,
    source: str | None = None,
    **changes: Any,
) -> Lesson:
    """Change what a lesson says or asks. What people see changes with `publish_lesson` only.

    `changes` may hold `subject`, `is_required`, `asked_again_on` and `position`, which hold at once.
    Raises NotPermitted, NotFound, Invalid, PreconditionFailed when somebody changed it meanwhile.
    """
    lesson = _locked(actor, lesson_id, seen_version)
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise Invalid.field(min(unknown), _("This cannot be changed."))
    again = changes.get("asked_again_on")
    if isinstance(again, date) and again > today() + timedelta(days=366):
        raise Invalid.field("asked_again_on", _("Choose a day within a year."))
    before = {name: _plain(getattr(lesson, name)) for name in changes}
    for name, value in changes.items():
        setattr(lesson, name, value)
    if texts is not None or source is not None:
        _write(lesson, actor, texts, source)
    lesson.changed_at = clock.now()
    session.flush()  # the answer carries the new version
    changed = {name: _plain(value) for name, value in changes.items() if before[name] != _plain(value)}
    if changed:
        audit.record(actor, "lesson.changed", subject_kind="lesson", subject_id=lesson.id, **changed)
    return lesson


def publish_lesson(actor: Actor, lesson_id: UUID, *, seen_version: int, override_reason: str = "") -> Lesson:
    """Let everybody see the newest version. Whoever passed an earlier one stays passed.

    Raises NotPermitted, NotFound, PreconditionFailed, Invalid for what is not complete, or (code `protected_speech`)
    for a text that could keep people from protected talk unless a reason is given, which stays on the audit trail.
    """
    lesson = _locked(actor, lesson_id, seen_version)
    version = session.get_one(LessonVersion, lesson.current_version_id)
    texts = {language: as_mapping(text) for language, text in queries.texts_of(version.id).items()}
    require_complete(texts)
    reason = override_reason.strip()
    protected = _protected(texts)
    if protected:
        _ask_reason(protected, reason)
    version.published_at = version.published_at or clock.now()
    lesson.live_version_id, lesson.state, lesson.withdrawn_at = version.id, LessonState.LIVE, None
    lesson.changed_at = clock.now()
    session.flush()
    overridden: dict[str, Any] = {}
    if protected:
        overridden = {"override_reason": reason, "protected": [one.pointer for one in protected]}
    audit.record(
        actor, "lesson.published", subject_kind="lesson", subject_id=lesson.id, number=version.number, **overridden
    )
    return lesson


def withdraw_lesson(actor: Actor, lesson_id: UUID, *, seen_version: int) -> Lesson:
    """Take a lesson away from everybody; it is asked of nobody any more. Publishing brings it back.

    Raises NotPermitted, NotFound, PreconditionFailed, Conflict for one that is not live.
    """
    lesson = _locked(actor, lesson_id, seen_version)
    if lesson.state is not LessonState.LIVE:
        raise Conflict(_("Only a lesson that people see can be withdrawn."))
    lesson.state, lesson.withdrawn_at, lesson.changed_at = LessonState.WITHDRAWN, clock.now(), clock.now()
    session.flush()
    audit.record(actor, "lesson.withdrawn", subject_kind="lesson", subject_id=lesson.id)
    return lesson


def install_defaults() -> int:
    """Publish the lessons that come with the product and were never here; return how many. Twice is once.

    What an author changed or withdrew stays as it is.
    """
    known = set(session.scalars(select(Lesson.default_name).where(Lesson.default_name.is_not(None))))
    new = [default for default in DEFAULT_LESSONS if default["name"] not in known]
    last = session.scalar(select(func.max(Lesson.position))) or 0
    for place, default in enumerate(new, start=1):
        lesson = Lesson(
            default_name=default["name"],
            subject=LessonSubject(default["subject"]),
            is_required=default["is_required"],
            position=last + place,
        )
        session.add(lesson)
        session.flush()
        version = _add_version(lesson, 1, default["texts"], default["source"], None)
        version.published_at = clock.now()
        lesson.live_version_id, lesson.state = version.id, LessonState.LIVE
    session.flush()
    return len(new)


def forget_passes() -> int:
    """Delete who passed lessons that were withdrawn a while ago; return how many rows."""
    gone = select(Lesson.key).where(
        Lesson.state == LessonState.WITHDRAWN, Lesson.withdrawn_at < clock.now() - KEPT_AFTER_WITHDRAWAL
    )
    done = session.execute(delete(LessonPass).where(LessonPass.lesson_key.in_(gone)))
    return int(done.rowcount)  # type: ignore[attr-defined]


def as_mapping(text: LessonText) -> dict[str, Any]:
    """Return a text as it is taken and answered."""
    return {"title": text.title, "steps": list(text.steps), "questions": [dict(one) for one in text.questions]}


# --- Inside.


def _locked(actor: Actor, lesson_id: UUID, seen_version: int) -> Lesson:
    require_in(actor, Permission.CONTENT_WRITE, None)
    lesson = session.scalar(select(Lesson).where(Lesson.id == lesson_id).with_for_update())
    if lesson is None:
        raise NotFound(_("There is no such lesson."))
    if lesson.row_version != seen_version:
        raise PreconditionFailed(_("Somebody changed this lesson meanwhile. Load it again and decide anew."))
    return lesson


def _write(lesson: Lesson, actor: Actor, texts: Texts | None, source: str | None) -> None:
    """Write into the version that nobody has seen yet, made where there is none."""
    version = session.get_one(LessonVersion, lesson.current_version_id)
    kept = {language: as_mapping(text) for language, text in queries.texts_of(version.id).items()}
    wanted = checked_draft(texts) if texts is not None else kept
    told = _checked_source(source) if source is not None else version.source
    if wanted == kept and told == version.source:
        return
    if version.published_at is None:
        version.source = told
        session.execute(delete(LessonText).where(LessonText.version_id == version.id))
        _add_texts(version, wanted)
        return
    _add_version(lesson, version.number + 1, wanted, told, actor.account_id)


def _add_version(
    lesson: Lesson, number: int, texts: Mapping[str, Mapping[str, Any]], source: str, author: UUID | None
) -> LessonVersion:
    version = LessonVersion(id=new_id(), lesson_key=lesson.key, number=number, source=source, created_by=author)
    session.add(version)
    session.flush()
    _add_texts(version, texts)
    lesson.current_version_id = version.id
    session.flush()
    return version


def _add_texts(version: LessonVersion, texts: Mapping[str, Mapping[str, Any]]) -> None:
    session.add_all(
        LessonText(
            version_id=version.id,
            language=language,
            title=text["title"],
            steps=list(text["steps"]),
            questions=list(text["questions"]),
        )
        for language, text in texts.items()
    )
    session.flush()


def _checked_source(source: str) -> str:
    kept = " ".join(source.split())
    if len(kept) > LONGEST_SOURCE or unfit_character(kept) is not None:
        raise Invalid.field("source", _("At most %(longest)s characters.", longest=LONGEST_SOURCE))
    return kept


def _protected(texts: Texts) -> list[FieldProblem]:
    return [
        FieldProblem(f"texts/{language}/{pointer}", "protected_speech", f"“{one.words}” ({_(one.topic)}): {_(one.why)}")
        for language, text in texts.items()
        for pointer, said in (("title", text["title"]), *((f"steps/{n}", s) for n, s in enumerate(text["steps"])))
        for one in findings_in(said)
    ]


def _ask_reason(protected: list[FieldProblem], reason: str) -> None:
    if len(reason) > LONGEST_REASON or unfit_character(reason) is not None:
        raise Invalid.field("override_reason", _("Write at most %(most)s characters.", most=LONGEST_REASON))
    if not reason:
        ask = FieldProblem("override_reason", "missing", _("Change these places, or say why they have to stand."))
        raise Invalid(_("This could keep people from what the law lets them say."), problems=(*protected, ask))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
