"""Thanks are for what a person chose to show, told once, kept between two people, and gone with the yes."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from advocacy.content.sources import inbox
from advocacy.content.sources.models import SourceEntry
from advocacy.content.sources.suggesting import suggest
from advocacy.conversations.models import ConversationKind, Outcome
from advocacy.conversations.service import log_conversation
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted, TooManyRequests
from advocacy.foundation.models import Setting
from advocacy.learning import taking
from advocacy.learning.models import Certificate
from advocacy.measurement.scores import own_weeks
from advocacy.notifications.models import Kind, Notification
from advocacy.notifications.service import mark_read
from advocacy.notifications.wording import told
from advocacy.people import service as people
from advocacy.people import tombstones
from advocacy.people.models import Purpose
from advocacy.people.queries import today
from advocacy.programme.recognition import queries, service, stops
from advocacy.programme.recognition.models import Highlight, HighlightKind, Thanks
from advocacy.sharing.models import ShareState
from tests.factories.content import HOST, make_actor, make_host, make_live_item
from tests.factories.learning import make_live_lesson, take
from tests.factories.people import actor_for, make_advocate, make_employee
from tests.factories.sharing import make_share
from tests.support.restoring import forgotten_by_the_copy
from workers import erasure


def switch(part, value):
    ambient.merge(Setting(name=f"recognition_{part}", value=value, changed_at=clock.now()))
    ambient.flush()


def kept(table):
    return ambient.scalars(select(func.count()).select_from(table)).one()


def certified():
    """Return somebody who takes part and shows a certificate."""
    person = make_advocate(name="Noa Lind")
    actor = actor_for(person)
    take(actor, make_live_lesson())
    taking.issue_certificate(actor)
    taking.show_certificate(actor, is_shown=True)
    return actor


def shown():
    """Return somebody who shows a highlight, and that highlight."""
    actor = certified()
    (offered,) = queries.highlights_offered(actor)
    return actor, service.show_highlight(actor, kind=offered.kind, subject_id=offered.subject_id)


def lines_of(actor):
    wanted = select(Notification).where(
        Notification.employee_key == actor.employee_key, Notification.kind == Kind.THANKED
    )
    return ambient.scalars(wanted).all()


def test_what_may_be_shown_is_ones_own_and_never_a_share(session):
    person = make_advocate()
    author = make_actor(Role.CURATOR, employee=person)
    item = make_live_item(author=author)
    curator = make_actor(Role.CURATOR, employee=make_advocate())
    taken = suggest(author, url=f"https://{HOST}/bridge", why="Worth reading")
    suggest(author, url=f"https://{HOST}/other", why="Worth reading")
    entry = ambient.get_one(SourceEntry, taken.entry_key)
    entry.summary = "What the page says."
    inbox.accept_entry(curator, entry.id)
    make_share(actor=author, item=item, confirmed=True)
    offered = {(one.kind, one.subject_id) for one in queries.highlights_offered(author)}
    assert offered == {(HighlightKind.SUGGESTION, taken.id), (HighlightKind.ITEM, item.id)}
    assert queries.highlights_offered(curator) == []
    with pytest.raises(NotFound):
        service.show_highlight(curator, kind=HighlightKind.ITEM, subject_id=item.id)


def test_suggesting_what_was_taken_up_already_earns_nothing(session):
    curator = make_actor(Role.CURATOR, employee=make_advocate())
    make_host()
    early, late = actor_for(make_advocate()), actor_for(make_advocate())
    url = f"https://{HOST}/bridge"
    taken = suggest(early, url=url, why="Worth reading")
    entry = ambient.get_one(SourceEntry, taken.entry_key)
    entry.summary = "What the page says."
    inbox.accept_entry(curator, entry.id)
    for actor in (early, late):
        suggest(actor, url=url, why="Look at this")

    def earned(actor):
        ambient.flush()
        kinds = [milestone.kind for milestone in queries.milestones_of(actor)]
        running = own_weeks(ambient.connection(), visible_to=actor).running
        return kinds, len(queries.highlights_offered(actor)), running.suggestions

    assert earned(early) == (["suggestion_taken"], 1, 1)
    assert earned(late) == ([], 0, 0)


def test_a_certificate_that_is_not_shown_is_not_offered(session):
    actor = certified()
    taking.show_certificate(actor, is_shown=False)
    assert queries.highlights_offered(actor) == []


def test_nothing_is_shown_by_itself_and_showing_twice_is_once(session):
    actor = certified()
    assert queries.highlights_shown(visible_to=actor) == []
    (offered,) = queries.highlights_offered(actor)
    for _time in range(2):
        service.show_highlight(actor, kind=offered.kind, subject_id=offered.subject_id)
    (seen,) = queries.highlights_shown(visible_to=actor_for(make_advocate()))
    assert (seen.name, seen.is_own, seen.is_thanked) == ("Noa Lind", False, False)


def test_thanks_reach_the_one_they_are_for_and_nobody_else(session):
    actor, highlight = shown()
    giver, other = actor_for(make_advocate(name="Kim Berg")), actor_for(make_advocate())
    for _time in range(2):
        service.thank(giver, highlight.id, note="  You made\nme try it. ")
    (received,) = queries.thanks_received(actor)
    assert (received.name, received.thanks.note) == ("Kim Berg", "You made me try it.")
    assert queries.thanks_received(other) == queries.thanks_received(giver) == []
    assert [one.is_thanked for one in queries.highlights_shown(visible_to=giver)] == [True]
    assert [one.is_thanked for one in queries.highlights_shown(visible_to=other)] == [False]


def test_one_line_tells_of_a_highlight_however_many_thank(session):
    actor, highlight = shown()
    for _person in range(3):
        service.thank(actor_for(make_advocate()), highlight.id)
    (line,) = lines_of(actor)
    assert line.details.keys() == {"title", "what"}
    assert told(line).path == "/together"
    mark_read(actor)
    service.thank(actor_for(make_advocate()), highlight.id)
    assert len(lines_of(actor)) == 2


def test_who_does_not_want_to_be_told_is_not(session):
    from advocacy.notifications.service import mute

    actor, highlight = shown()
    mute(actor.employee_key, "in_app:thanks")
    service.thank(actor_for(make_advocate()), highlight.id)
    assert lines_of(actor) == []
    assert len(queries.thanks_received(actor)) == 1


def test_thanks_have_limits(session):
    actor, highlight = shown()
    giver = actor_for(make_advocate())
    with pytest.raises(Conflict, match="your own"):
        service.thank(actor, highlight.id)
    with pytest.raises(Invalid):
        service.thank(giver, highlight.id, note="x" * 141)
    with pytest.raises(NotPermitted):
        service.thank(actor_for(make_employee()), highlight.id)
    highlights = [shown()[1] for _number in range(service.MOST_THANKS_A_DAY)]
    for one in highlights:
        service.thank(giver, one.id)
    with pytest.raises(TooManyRequests):
        service.thank(giver, highlight.id)


def test_a_highlight_is_over_after_thirty_days_and_forgotten_after_ninety(session):
    _owner, highlight = shown()
    giver = actor_for(make_advocate())
    service.thank(giver, highlight.id)
    with time_machine.travel(clock.now() + timedelta(days=queries.SHOWN_DAYS, hours=1), tick=False):
        assert queries.highlights_shown(visible_to=giver) == []
        with pytest.raises(NotFound):
            service.thank(actor_for(make_advocate()), highlight.id)
        assert service.forget_highlights() == 0
    with time_machine.travel(clock.now() + service.KEPT + timedelta(hours=1), tick=False):
        assert service.forget_highlights() == 1
    ambient.expire_all()
    assert (kept(Highlight), kept(Thanks)) == (0, 0)


def test_either_side_takes_its_part_back(session):
    actor, highlight = shown()
    giver, other = make_advocate(), make_advocate()
    for person in (giver, other):
        service.thank(actor_for(person), highlight.id)
    service.take_thanks_back(actor_for(giver), highlight.id)
    assert [one.giver_id for one in queries.thanks_received(actor)] == [other.id]
    with pytest.raises(NotFound):
        service.remove_thanks(actor_for(giver), highlight.id, other.id)
    service.remove_thanks(actor, highlight.id, other.id)
    with pytest.raises(NotFound):
        service.remove_thanks(actor, highlight.id, other.id)
    with pytest.raises(NotFound):
        service.hide_highlight(actor_for(giver), highlight.id)
    service.hide_highlight(actor, highlight.id)
    assert kept(Highlight) == 0


@pytest.mark.parametrize("who", ["owner", "giver"])
@pytest.mark.parametrize("how", ["withdrawing", "leaving"])
def test_what_a_person_showed_and_gave_goes_with_them(session, who, how):
    actor, highlight = shown()
    giver = actor_for(make_advocate())
    service.thank(giver, highlight.id)
    going = actor if who == "owner" else giver
    if how == "withdrawing":
        people.withdraw_consent(going, Purpose.TAKE_PART, source="test")
    else:
        people.mark_left({going.employee_key: today() - timedelta(days=1)})
        erasure.close_accounts_of_leavers()
    ambient.expire_all()
    assert (kept(Highlight), kept(Thanks)) == (0 if who == "owner" else 1, 0)


@pytest.mark.parametrize("how", ["hidden", "renewed", "forgotten"])
def test_a_certificate_that_is_no_longer_shown_takes_its_highlight_along(session, how):
    actor, highlight = shown()
    giver, highlight_id = actor_for(make_advocate()), highlight.id
    service.thank(giver, highlight_id)
    if how == "hidden":
        taking.show_certificate(actor, is_shown=False)
    elif how == "renewed":
        taking.issue_certificate(actor)
    else:
        taking.forget_progress(actor)
    assert queries.highlights_shown(visible_to=giver) == []
    with pytest.raises(NotFound):
        service.thank(actor_for(make_advocate()), highlight_id)
    assert queries.own_data(actor.employee_key)["highlights"] == []
    assert (kept(Highlight), kept(Thanks)) == (0, 0)
    if how != "forgotten":
        taking.show_certificate(actor, is_shown=True)
        assert queries.highlights_shown(visible_to=giver) == [], "shown again it is no highlight by itself"


def test_a_highlight_beside_a_hidden_certificate_tells_nobody(session):
    """Hiding takes the highlight down; what slipped past that, such as after a restore, is not read either."""
    _owner, highlight = shown()
    ambient.execute(update(Certificate).values(shown_since=None))
    giver = actor_for(make_advocate())
    assert queries.highlights_shown(visible_to=giver) == []
    with pytest.raises(NotFound):
        service.thank(giver, highlight.id)


def test_switched_off_nobody_shows_or_thanks(session):
    actor, highlight = shown()
    switch("thanks", False)
    with pytest.raises(Conflict):
        service.thank(actor_for(make_advocate()), highlight.id)
    with pytest.raises(Conflict):
        service.show_highlight(actor, kind=highlight.kind, subject_id=highlight.subject_id)
    service.hide_highlight(actor, highlight.id)


def test_everything_kept_is_in_ones_own_data(session):
    actor, highlight = shown()
    giver = actor_for(make_advocate())
    service.thank(giver, highlight.id, note="Well done")
    own, given = queries.own_data(actor.employee_key), queries.own_data(giver.employee_key)
    assert [one["kind"] for one in own["highlights"]] == ["certificate"]
    assert (
        [one["note"] for one in own["thanks_received"]] == ["Well done"] == [g["note"] for g in given["thanks_given"]]
    )
    assert str(giver.employee_id) not in str(own)


def test_a_restore_brings_back_nothing_that_was_taken_back(session, settings):
    tombstones.preferences.init(settings)
    tombstones.log_file().unlink(missing_ok=True)
    (hiding, hidden), (showing, highlight), (_owner, third) = shown(), shown(), shown()
    giver, removed = make_advocate(), make_advocate()
    for one in (highlight, third):
        service.thank(actor_for(giver), one.id)
    service.thank(actor_for(removed), highlight.id)
    with forgotten_by_the_copy():
        service.hide_highlight(hiding, hidden.id)
        service.take_thanks_back(actor_for(giver), highlight.id)
        service.remove_thanks(showing, highlight.id, removed.id)
    assert (kept(Highlight), kept(Thanks)) == (3, 3)
    assert stops.reapply_stops() == {"highlight_hidden": 1, "thanks_gone": 2}
    assert stops.reapply_stops() == {"highlight_hidden": 0, "thanks_gone": 0}
    assert set(ambient.scalars(select(Highlight.id))) == {highlight.id, third.id}
    assert list(ambient.scalars(select(Thanks.highlight_id))) == [third.id]


# --- Milestones.


def test_a_share_that_only_a_click_shows_is_ones_first_all_the_same(session):
    start = clock.now() - timedelta(days=9)
    with time_machine.travel(start, tick=False):
        actor, item = actor_for(make_advocate()), make_live_item()
        seen = make_share(actor=actor, item=item).share
        make_share(actor=actor, item=item)  # and nothing was heard of it
    seen.state, seen.evidenced_at = ShareState.EVIDENCED, start + timedelta(days=1)
    session.flush()
    make_share(actor=actor, item=item, confirmed=True)
    found = [(one.kind, one.reached_at) for one in queries.milestones_of(actor)]
    assert found == [("first_share", seen.opened_at), ("first_click", seen.evidenced_at)]


def test_milestones_are_firsts_in_order_and_never_counts(session):
    start = clock.now().replace(microsecond=0) - timedelta(days=40)
    with time_machine.travel(start, tick=False):
        person = make_advocate()
        actor = actor_for(person)
        assert queries.milestones_of(actor) == []
        item = make_live_item()
    for days in (1, 2, 3):
        with time_machine.travel(start + timedelta(days=days), tick=False):
            make_share(actor=actor, item=item, confirmed=True)
    with time_machine.travel(start + timedelta(days=5), tick=False):
        log_conversation(actor, kind=ConversationKind.PROSPECT, outcome=Outcome.OPEN)
    take(actor, make_live_lesson())
    found = [(one.kind, one.reached_at) for one in queries.milestones_of(actor)]
    assert found[:2] == [("first_share", start + timedelta(days=1)), ("first_conversation", start + timedelta(days=5))]
    assert [kind for kind, _at in found[2:]] == ["lessons_passed"]
    with time_machine.travel(start + queries.YEAR, tick=False):
        assert [one.kind for one in queries.milestones_of(actor)][-1] == "a_year"
    people.withdraw_consent(actor, Purpose.TAKE_PART, source="test")
    assert queries.milestones_of(actor) == []
