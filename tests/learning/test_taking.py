"""Taking lessons is one's own business: passing is kept, failing is not, and both go with the yes."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text

from advocacy.foundation import clock
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.foundation.models import Setting
from advocacy.learning import queries, service, stops, taking
from advocacy.learning.models import Certificate, LessonPass
from advocacy.learning.taking import LessonsNeeded
from advocacy.measurement.learning import lesson_passes
from advocacy.people import service as people
from advocacy.people import tombstones
from advocacy.people.models import Purpose
from advocacy.people.queries import today
from tests.factories.learning import WRONG, lesson_text, make_author, make_lesson, make_live_lesson, take
from tests.factories.people import actor_for, give_consent, make_advocate, make_employee
from tests.factories.sharing import make_share
from tests.support.restoring import forgotten_by_the_copy
from workers import erasure


def require_lessons_first():
    ambient.merge(Setting(name=queries.GATE, value=True, changed_at=clock.now()))
    ambient.flush()


def kept(table):
    return ambient.scalars(select(func.count()).select_from(table)).one()


def certified():
    """Return somebody who takes part and shows a certificate."""
    actor = actor_for(make_advocate(name="Noa Lind"))
    take(actor, make_live_lesson())
    taking.issue_certificate(actor)
    taking.show_certificate(actor, is_shown=True)
    return actor


def change(author, lesson, **changes):
    return service.change_lesson(author, lesson.id, seen_version=lesson.row_version, **changes)


def test_passing_is_kept_and_failing_is_not(session):
    reader, lesson = actor_for(make_advocate()), make_live_lesson()
    failed = take(reader, lesson, WRONG)
    assert (failed.is_passed, failed.is_kept) == (False, False)
    assert [one.is_right for one in failed.checked] == [False, True]
    assert failed.checked[0].explanation == "It is read."
    assert kept(LessonPass) == 0
    passed = take(reader, lesson)
    assert (passed.is_passed, passed.is_kept) == (True, True)
    assert queries.get_taken(lesson.id, "en", visible_to=reader).is_passed


def test_a_failed_attempt_leaves_a_pass_as_it_was(session):
    reader, lesson = actor_for(make_advocate()), make_live_lesson()
    take(reader, lesson)
    take(reader, lesson, WRONG)
    assert queries.get_taken(lesson.id, "en", visible_to=reader).is_passed


def test_who_reads_along_learns_and_nothing_is_kept(session):
    reader, lesson = actor_for(make_employee()), make_live_lesson()
    outcome = take(reader, lesson)
    assert (outcome.is_passed, outcome.is_kept) == (True, False)
    assert kept(LessonPass) == 0


def test_every_question_wants_an_answer_to_the_version_that_was_read(session):
    author, reader = make_author(), actor_for(make_advocate())
    lesson = make_live_lesson(author=author)
    for answers in ((), (1,), (1, None), (1, 0, 0)):
        with pytest.raises(Invalid, match="every question"):
            take(reader, lesson, answers)
    old = lesson.live_version_id
    change(author, lesson, texts={"en": lesson_text("Newer")})
    service.publish_lesson(author, lesson.id, seen_version=lesson.row_version)
    with pytest.raises(Conflict):
        taking.answer_lesson(reader, lesson.id, (1, 0), version_id=old, language="en")


def test_the_reader_gets_their_language_else_the_organisations(session):
    reader = actor_for(make_advocate())
    lesson = make_live_lesson(texts={"en": lesson_text("English"), "de": lesson_text("Deutsch")})
    titles = {
        language: queries.get_taken(lesson.id, language, visible_to=reader).text.title
        for language in ("de-AT", "de", "es", None)
    }
    assert titles == {"de-AT": "Deutsch", "de": "Deutsch", "es": "English", None: "English"}


# --- What is asked before a first share.


def test_nothing_is_asked_while_the_setting_is_off(session):
    make_live_lesson(is_required=True)
    make_share(employee=make_advocate())


def test_a_first_share_needs_the_required_lessons_and_says_which(session, settings):
    author, person = make_author(), make_advocate()
    wanted = make_live_lesson(author=author, is_required=True)
    make_live_lesson(author=author, title="Only a recommendation")
    make_lesson(author=author, title="A draft", is_required=True)
    require_lessons_first()
    with pytest.raises(LessonsNeeded) as refused:
        make_share(employee=person)
    assert refused.value.status == 403
    assert [problem.pointer for problem in refused.value.problems] == [f"lessons/{wanted.id}"]
    assert f"{settings.portal_url}/learn/{wanted.id}" in refused.value.problems[0].detail
    assert ambient.scalar(text("SELECT count(*) FROM share")) == 0
    take(actor_for(person), wanted)
    make_share(employee=person)


def test_whoever_shared_before_is_not_stopped_by_a_new_lesson(session):
    person = make_advocate()
    make_share(employee=person)
    make_live_lesson(is_required=True)
    require_lessons_first()
    make_share(employee=person)


def test_from_the_day_a_lesson_is_asked_again_everybody_takes_it_anew(session):
    author, person = make_author(), make_advocate()
    reader = actor_for(person)
    with time_machine.travel(clock.now() - timedelta(days=20), tick=False):
        lesson = make_live_lesson(author=author, is_required=True)
        take(reader, lesson)
    require_lessons_first()
    make_share(employee=person)
    change(author, lesson, asked_again_on=today() + timedelta(days=3))
    make_share(employee=person)
    assert not queries.get_taken(lesson.id, "en", visible_to=reader).is_asked_again
    change(author, lesson, asked_again_on=today())
    assert queries.get_taken(lesson.id, "en", visible_to=reader).is_asked_again
    with pytest.raises(LessonsNeeded):
        make_share(employee=person)
    take(reader, lesson)
    make_share(employee=person)


@pytest.mark.parametrize(
    ("passed_on", "again", "on", "expected"),
    [
        (None, None, date(2026, 5, 1), False),
        (date(2026, 1, 1), None, date(2026, 5, 1), True),
        (date(2026, 1, 1), date(2026, 5, 2), date(2026, 5, 1), True),
        (date(2026, 1, 1), date(2026, 5, 1), date(2026, 5, 1), False),
        (date(2026, 5, 1), date(2026, 5, 1), date(2026, 5, 1), True),
    ],
)
def test_how_long_passing_counts(session, passed_on, again, on, expected):
    lesson = make_live_lesson()
    lesson.asked_again_on = again
    passed_at = (
        clock.now().replace(year=passed_on.year, month=passed_on.month, day=passed_on.day, hour=12)
        if passed_on
        else None
    )
    assert queries.counts(lesson, passed_at, on) is expected


# --- It is one's own, and goes when one goes.


def test_withdrawing_takes_progress_and_certificate_along_at_once(session):
    person = make_advocate()
    reader, lesson = actor_for(person), make_live_lesson()
    take(reader, lesson)
    taking.issue_certificate(reader)
    people.withdraw_consent(reader, Purpose.TAKE_PART, source="test")
    assert (kept(LessonPass), kept(Certificate)) == (0, 0)
    give_consent(person)
    assert not queries.get_taken(lesson.id, "en", visible_to=reader).is_passed


def test_leaving_takes_progress_and_certificate_along(session):
    person, other = make_advocate(), make_advocate()
    lesson = make_live_lesson()
    for one in (person, other):
        take(actor_for(one), lesson)
        taking.issue_certificate(actor_for(one))
    people.mark_left({person.key: today() - timedelta(days=1)})
    erasure.close_accounts_of_leavers()
    assert session.scalars(select(LessonPass.employee_key)).all() == [other.key]
    assert session.scalars(select(Certificate.employee_key)).all() == [other.key]


def test_one_may_forget_ones_progress_and_nobody_elses(session):
    person, other = make_advocate(), make_advocate()
    lesson = make_live_lesson()
    for one in (person, other):
        take(actor_for(one), lesson)
    taking.forget_progress(actor_for(person))
    assert session.scalars(select(LessonPass.employee_key)).all() == [other.key]


def test_everything_kept_is_in_ones_own_data(session):
    person = make_advocate()
    reader, lesson = actor_for(person), make_live_lesson()
    take(reader, lesson)
    certificate = taking.issue_certificate(reader)
    own = taking.own_data(person.key)
    assert [(one["lesson"], one["version"]) for one in own["passed"]] == [(str(lesson.id), 1)]
    assert own["certificate"]["code"] == certificate.code
    assert taking.own_data(make_advocate().key) == {"passed": [], "certificate": None}


# --- Certificates.


def test_a_certificate_needs_what_is_required_and_names_what_was_passed(session):
    author, reader = make_author(), actor_for(make_advocate(name="Noa Lind"))
    wanted = make_live_lesson(author=author, is_required=True)
    other = make_live_lesson(author=author, title="Your own voice")
    with pytest.raises(Conflict):
        taking.issue_certificate(reader)
    take(reader, other)
    with pytest.raises(Conflict):
        taking.issue_certificate(reader)
    take(reader, wanted)
    code = taking.issue_certificate(reader).code
    shown = taking.find_shown(code, "en", visible_to=reader)
    assert shown.name == "Noa Lind"
    assert [lesson.title for lesson in shown.lessons] == ["Say that you work here", "Your own voice"]
    with pytest.raises(NotPermitted):
        taking.issue_certificate(actor_for(make_employee()))


def test_a_certificate_is_its_owners_until_they_show_it(session):
    reader = actor_for(make_advocate())
    take(reader, make_live_lesson())
    code = taking.issue_certificate(reader).code
    for stranger in (None, actor_for(make_advocate())):
        with pytest.raises(NotFound):
            taking.find_shown(code, None, visible_to=stranger)
    taking.show_certificate(reader, is_shown=True)
    assert taking.find_shown(taking.spaced(code).lower(), None, visible_to=None).code == code
    taking.show_certificate(reader, is_shown=False)
    with pytest.raises(NotFound):
        taking.find_shown(code, None, visible_to=None)


def test_renewing_makes_the_old_code_void(session):
    reader = actor_for(make_advocate())
    take(reader, make_live_lesson())
    old = taking.issue_certificate(reader).code
    taking.show_certificate(reader, is_shown=True)
    new = taking.issue_certificate(reader)
    assert new.code != old
    assert new.shown_since is None
    with pytest.raises(NotFound):
        taking.find_shown(old, None, visible_to=reader)


# --- What authors learn of it.


def test_authors_see_full_groups_and_nothing_of_fewer(session):
    author, lesson = make_author(), make_live_lesson()
    told = []
    for _number in range(11):
        take(actor_for(make_advocate()), lesson)
        told.append(lesson_passes(author, [lesson.key]).passed[lesson.key])
    assert told == [None] * 4 + [5] * 5 + [10] * 2
    with pytest.raises(NotPermitted):
        lesson_passes(actor_for(make_advocate()), [lesson.key])


# --- After a restore.


def test_a_restore_shows_voids_and_remembers_nothing_again(session, settings):
    tombstones.preferences.init(settings)
    tombstones.log_file().unlink(missing_ok=True)
    hiding, renewing, forgetting, other = (certified() for _person in range(4))
    code = taking.get_certificate(renewing).code
    with forgotten_by_the_copy():
        taking.show_certificate(hiding, is_shown=False)
        taking.issue_certificate(renewing)
        taking.forget_progress(forgetting)
        written = tombstones.log_file().read_text()
    assert taking.find_shown(code, "en", visible_to=None).name == "Noa Lind"
    done = {"certificate_hidden": 1, "certificate_void": 1, "learning_forgotten": 1}
    assert stops.reapply_stops() == done
    assert stops.reapply_stops() == dict.fromkeys(done, 0)
    assert taking.get_certificate(hiding).shown_since is None
    for actor in (renewing, forgetting):
        with pytest.raises(NotFound):
            taking.get_certificate(actor)
    assert taking.own_data(forgetting.employee_key)["passed"] == []
    assert taking.own_data(renewing.employee_key)["passed"] != []
    assert taking.get_certificate(other).shown_since is not None
    assert code not in written, "whoever reads the file gets no code"


def test_what_was_shown_or_passed_later_than_a_no_stays_after_a_restore(session, settings):
    tombstones.preferences.init(settings)
    tombstones.log_file().unlink(missing_ok=True)
    hiding, forgetting = certified(), certified()
    taking.show_certificate(hiding, is_shown=False)
    taking.forget_progress(forgetting)
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        taking.show_certificate(hiding, is_shown=True)
        take(forgetting, make_live_lesson())
        assert set(stops.reapply_stops().values()) == {0}
    assert taking.get_certificate(hiding).shown_since is not None
    assert len(taking.own_data(forgetting.employee_key)["passed"]) == 1


def test_who_passes_a_lesson_again_passed_it_first_when_they_did(session):
    actor, lesson = actor_for(make_advocate()), make_live_lesson()
    with time_machine.travel("2026-03-02T10:00:00+00:00", tick=False):
        take(actor, lesson)
    with time_machine.travel("2026-03-20T10:00:00+00:00", tick=False):
        take(actor, lesson)
    kept = session.scalars(select(LessonPass)).one()
    assert (kept.first_passed_at.day, kept.passed_at.day) == (2, 20)
