"""Not for me, because: gone for the person, counted for the makers, and nothing leads from one to the other."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from advocacy.content import feed_memory, queries, service, skipping
from advocacy.content.models import FeedMemory, SkipCount, SkipReason, SkipRemark
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.people import service as people
from advocacy.people.models import Purpose
from tests.factories.content import make_actor, make_live_item
from tests.factories.people import actor_for, make_advocate, make_employee, make_unit
from workers import erasure


def kept(session):
    session.expire_all()
    return session.scalars(select(FeedMemory.employee_key)).all()


def test_what_is_put_aside_is_gone_for_that_person_only(session):
    one, other = actor_for(make_advocate()), actor_for(make_advocate())
    item = make_live_item()
    assert skipping.skip_item(one, item.id).is_kept
    assert queries.pick_for(one, most=5) == ([], 0)
    assert queries.feed_for(one).rows == []
    assert queries.get_live_item(item.id, visible_to=one).id == item.id  # a link to it still opens
    assert queries.pick_for(other, most=5)[1] == 1
    assert skipping.bring_back(one) == 1
    assert queries.pick_for(one, most=5)[1] == 1


def test_one_person_counts_once(session):
    reader, item = actor_for(make_advocate()), make_live_item()
    for _ in range(3):
        skipping.skip_item(reader, item.id, reason=SkipReason.TOO_SALESY)
    skipping.bring_back(reader)
    skipping.skip_item(reader, item.id, reason=SkipReason.OFF_TOPIC, remark="And again.")
    assert [(row.reason, row.people) for row in session.scalars(select(SkipCount))] == [("too_salesy", 1)]
    assert session.scalars(select(SkipRemark)).all() == []


def test_makers_learn_reasons_of_whole_groups_only(session):
    item = make_live_item()

    def skip(reason, times, remark=""):
        for _ in range(times):
            skipping.skip_item(actor_for(make_advocate()), item.id, reason=reason, remark=remark)

    skip(SkipReason.OFF_TOPIC, 4, remark="Not what we do.")
    assert skipping.skips_of(item) == skipping.Skips((), (), 5)
    skip(SkipReason.OFF_TOPIC, 4)
    skip(SkipReason.TOO_LATE, 1)
    assert skipping.skips_of(item) == skipping.Skips(((SkipReason.OFF_TOPIC, 5),), (), 5)
    skip(SkipReason.TOO_LATE, 1, remark="Not what we do.")
    assert skipping.skips_of(item).remarks == ("Not what we do.",) * 5
    skip(SkipReason.OFF_TOPIC, 2)
    assert skipping.skips_of(item).reasons == ((SkipReason.OFF_TOPIC, 10),)


def test_whoever_did_not_say_yes_is_not_remembered(session):
    reader, item = actor_for(make_employee()), make_live_item()
    assert not skipping.skip_item(reader, item.id).is_kept
    skipping.note_shown(reader, [item.key])
    assert kept(session) == []
    # The same no could be said for ever, and a colleague's be found between two of them.
    assert session.scalars(select(SkipCount)).all() == []


def test_a_withdrawn_yes_takes_the_memory_along_in_the_same_transaction(session):
    reader, item = actor_for(make_advocate()), make_live_item()
    skipping.skip_item(reader, item.id)
    assert kept(session) == [reader.employee_key]
    people.withdraw_consent(reader, Purpose.TAKE_PART, source="test")
    session.flush()
    assert kept(session) == []
    assert queries.pick_for(reader, most=5)[1] == 1


def test_erased_people_and_leavers_are_forgotten(session):
    gone, leaver, stays = make_advocate(), make_advocate(), make_advocate()
    item = make_live_item()
    for person in (gone, leaver, stays):
        skipping.skip_item(actor_for(person), item.id)
    people.erase(actor_for(gone), gone.id)
    people.mark_left({leaver.key: people_today()})
    erasure.close_accounts_of_leavers()
    assert kept(session) == [stays.key]
    assert session.scalars(select(SkipCount.people)).all() == [3]  # of nobody in particular


def people_today():
    from advocacy.people.queries import today

    return today()


def test_the_memory_opens_for_its_owner_only_and_a_spoilt_one_counts_as_forgotten(session):
    one, other = actor_for(make_advocate()), actor_for(make_advocate())
    item = make_live_item()
    skipping.skip_item(one, item.id)
    sealed = session.get_one(FeedMemory, one.employee_key).sealed
    assert feed_memory.memory_of(one.employee_key).packed().encode() not in sealed
    session.add(FeedMemory(employee_key=other.employee_key, sealed=sealed))
    session.flush()
    assert feed_memory.memory_of(other.employee_key).items == {}
    assert queries.pick_for(other, most=5)[1] == 1


def test_only_what_is_in_ones_feed_can_be_put_aside_and_remarks_have_an_end(session):
    unit = make_unit("Elsewhere")
    item = make_live_item(audience={"unit_ids": [make_unit(parent=unit).id]})
    reader = actor_for(make_advocate(unit))
    with pytest.raises(NotFound):
        skipping.skip_item(reader, item.id)
    for remark in ("x" * 301, "half \ud800"):
        with pytest.raises(Invalid):
            skipping.skip_item(reader, make_live_item().id, remark=remark)


def test_remarks_are_forgotten_after_a_year(session):
    skipping.skip_item(actor_for(make_advocate()), make_live_item().id, remark="Hm.")
    assert skipping.forget_remarks() == 0
    with time_machine.travel(clock.now() + timedelta(days=400)):
        assert skipping.forget_remarks() == 1
    assert session.scalars(select(SkipRemark)).all() == []


def counted(session):
    return [(row.reason, row.people) for row in session.scalars(select(SkipCount))]


def test_a_no_is_for_good_and_counts_once_however_long_ago_it_was(session):
    reader, item, other = actor_for(make_advocate()), make_live_item(), make_live_item()
    skipping.skip_item(reader, item.id)
    skipping.bring_back(reader)
    skipping.skip_item(reader, item.id)
    for days in (91, 400):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            skipping.note_shown(reader, [other.key])
            assert [entry.id for entry in queries.feed_for(reader).rows] == [other.id]
            skipping.skip_item(reader, item.id)
    assert counted(session) == [("not_said", 1)]


def test_what_was_brought_back_long_ago_is_not_counted_again(session):
    reader, item, other = actor_for(make_advocate()), make_live_item(), make_live_item()
    skipping.skip_item(reader, item.id)
    skipping.bring_back(reader)
    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        skipping.note_shown(reader, [other.key])
        skipping.skip_item(reader, item.id)
    assert counted(session) == [("not_said", 1)]


def test_many_newer_items_do_not_push_a_no_out_of_the_memory(session):
    reader, item = actor_for(make_advocate()), make_live_item()
    skipping.skip_item(reader, item.id)
    unknown = range(item.key + 1, item.key + 500)
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        skipping.note_shown(reader, list(unknown))
        assert queries.feed_for(reader).rows == []
    assert len(feed_memory.memory_of(reader.employee_key).items) == feed_memory.MOST_REMEMBERED + 1


def test_a_no_goes_with_its_item(session):
    author, reader = make_actor(Role.CURATOR), actor_for(make_advocate())
    withdrawn, expired, stays, other = (make_live_item(author=author) for _ in range(4))
    for item in (withdrawn, expired, stays):
        skipping.skip_item(reader, item.id)
    service.withdraw_item(author, withdrawn.id, reason="Wrong.")
    service.expire_item(author, expired.id)

    def remembered():
        return set(feed_memory.memory_of(reader.employee_key).put_aside_keys())

    skipping.note_shown(reader, [other.key])
    assert remembered() == {withdrawn.key, expired.key, stays.key}
    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        skipping.note_shown(reader, [other.key])
    assert remembered() == {stays.key}


def test_memory_keeps_what_was_met_lately():
    memory, day = feed_memory.Memory(), date(2026, 1, 1)
    memory.note_shown([1], day - timedelta(days=200))
    memory.note_shown(list(range(2, 500)), day)
    trimmed = memory.trimmed(day)
    assert 1 not in trimmed.items
    assert len(trimmed.items) == feed_memory.MOST_REMEMBERED
    assert feed_memory.Memory.unpacked(trimmed.packed()) == trimmed
