"""A yes per purpose, the way back, and no trace of a no."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from advocacy.foundation.errors import Conflict, Invalid, NotFound
from advocacy.foundation.models import Task
from advocacy.people import queries, service, tombstones
from advocacy.people.models import Consent, ConsentEvent, NetworkProfile, Purpose
from tests.factories.people import POLICY_BODY, actor_for, give_consent, make_employee, make_policy, make_profile


@pytest.fixture
def somebody(session):
    make_policy()
    return make_employee()


def events(session, employee):
    rows = session.execute(
        select(ConsentEvent.purpose, ConsentEvent.is_granted)
        .where(ConsentEvent.employee_key == employee.key)
        .order_by(ConsentEvent.occurred_at, ConsentEvent.id)
    )
    return [(purpose.value, granted) for purpose, granted in rows]


def acknowledge(employee):
    service.acknowledge_policy(actor_for(employee), queries.current_policy().id)


def test_a_yes_is_refused_when_the_policy_was_not_acknowledged(session, somebody):
    with pytest.raises(Conflict) as refused:
        service.grant_consent(actor_for(somebody), Purpose.TAKE_PART, source="test")
    assert refused.value.code == "policy_not_acknowledged"
    assert events(session, somebody) == []


def test_a_yes_is_refused_when_only_an_older_policy_was_acknowledged(session, somebody):
    acknowledge(somebody)
    service.publish_policy(None, POLICY_BODY)
    with pytest.raises(Conflict) as refused:
        service.grant_consent(actor_for(somebody), Purpose.TAKE_PART, source="test")
    assert refused.value.code == "policy_not_acknowledged"


def test_a_yes_stays_in_force_when_a_new_policy_is_published(session, somebody):
    give_consent(somebody)
    service.publish_policy(None, POLICY_BODY)
    assert queries.has_consent(somebody.key, Purpose.TAKE_PART)


def test_an_old_policy_cannot_be_acknowledged_when_a_new_one_is_out(session, somebody):
    old = queries.current_policy()
    service.publish_policy(None, POLICY_BODY)
    with pytest.raises(Conflict):
        service.acknowledge_policy(actor_for(somebody), old.id)


def test_another_purpose_is_refused_when_taking_part_was_not_agreed(session, somebody):
    acknowledge(somebody)
    with pytest.raises(Conflict) as refused:
        service.grant_consent(actor_for(somebody), Purpose.NETWORK_SIZE, source="test")
    assert refused.value.code == "take_part_first"


def test_a_yes_is_written_once_when_it_is_said_twice(session, somebody):
    acknowledge(somebody)
    first = service.grant_consent(actor_for(somebody), Purpose.TAKE_PART, source="test")
    again = service.grant_consent(actor_for(somebody), Purpose.TAKE_PART, source="test")
    assert first.granted_at == again.granted_at
    assert events(session, somebody) == [("take_part", True)]


def test_withdrawing_take_part_takes_every_purpose_with_it(session, somebody):
    give_consent(somebody, Purpose.TAKE_PART, Purpose.NETWORK_SIZE, Purpose.LEADERBOARD)
    withdrawn = service.withdraw_consent(actor_for(somebody), Purpose.TAKE_PART, source="test")
    assert withdrawn == [Purpose.TAKE_PART, Purpose.NETWORK_SIZE, Purpose.LEADERBOARD]
    assert queries.consents_of(actor_for(somebody)) == []
    assert sorted(events(session, somebody))[::2] == [
        ("leaderboard", False),
        ("network_size", False),
        ("take_part", False),
    ]


def test_withdrawing_again_writes_nothing_when_nothing_is_in_force(session, somebody):
    give_consent(somebody)
    service.withdraw_consent(actor_for(somebody), Purpose.TAKE_PART, source="test")
    before = events(session, somebody)
    assert service.withdraw_consent(actor_for(somebody), Purpose.TAKE_PART, source="test") == []
    assert events(session, somebody) == before


def test_a_refusal_leaves_no_row_when_there_was_never_a_yes(session, somebody):
    for purpose in Purpose:
        assert service.withdraw_consent(actor_for(somebody), purpose, source="test") == []
    assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 0
    assert session.scalar(select(func.count()).select_from(Consent)) == 0


def test_a_new_yes_opens_a_new_spell_when_the_old_one_was_withdrawn(session, somebody):
    (old,) = give_consent(somebody)
    first_spell = old.granted_at
    service.withdraw_consent(actor_for(somebody), Purpose.TAKE_PART, source="test")
    again = service.grant_consent(actor_for(somebody), Purpose.TAKE_PART, source="test")
    assert again.granted_at > first_spell
    assert [granted for _, granted in events(session, somebody)] == [True, False, True]


def test_withdrawing_asks_for_a_restatement_of_past_days(session, somebody):
    give_consent(somebody)
    service.withdraw_consent(actor_for(somebody), Purpose.TAKE_PART, source="test")
    waiting = session.scalars(select(Task).where(Task.name == "measurement.restate_person")).all()
    assert [task.arguments for task in waiting] == [{"employee_key": somebody.key}]


def test_withdrawing_network_size_forgets_the_sizes_and_keeps_taking_part(session, somebody):
    give_consent(somebody, Purpose.TAKE_PART, Purpose.NETWORK_SIZE)
    make_profile(somebody, network=1, size=500)
    service.withdraw_consent(actor_for(somebody), Purpose.NETWORK_SIZE, source="test")
    assert session.scalar(select(func.count()).select_from(NetworkProfile)) == 0
    assert queries.has_consent(somebody.key, Purpose.TAKE_PART)


def test_withdrawing_is_on_disk_before_the_commit(session, somebody):
    give_consent(somebody)
    service.withdraw_consent(actor_for(somebody), Purpose.TAKE_PART, source="test")
    last = list(tombstones.read())[-1]
    assert (last["what"], last["employee"], last["purposes"]) == ("withdrawn", str(somebody.id), ["take_part"])


def test_withdrawing_works_when_the_tombstone_file_cannot_be_written(session, somebody, monkeypatch, tmp_path):
    give_consent(somebody)
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(tombstones, "log_file", lambda: tmp_path / "file" / "tombstones.log")
    assert service.withdraw_consent(actor_for(somebody), Purpose.TAKE_PART, source="test") == [Purpose.TAKE_PART]


def test_the_history_cannot_be_rewritten_by_the_application(session, somebody):
    give_consent(somebody)
    session.scalars(select(ConsentEvent)).one().is_granted = False
    with pytest.raises(Exception, match="permission denied"):
        session.flush()


def test_a_size_is_refused_when_there_is_no_consent_for_it(session, somebody):
    give_consent(somebody)
    with pytest.raises(Conflict) as refused:
        service.set_network_profile(actor_for(somebody), 1, audience_size=10)
    assert refused.value.code == "consent_missing"


def test_a_size_replaces_that_of_the_same_day_and_keeps_earlier_days(session, somebody):
    give_consent(somebody, Purpose.TAKE_PART, Purpose.NETWORK_SIZE)
    make_profile(somebody, network=1, size=100, on=queries.today() - timedelta(days=30))
    actor = actor_for(somebody)
    service.set_network_profile(actor, 1, audience_size=500, is_floor=True, handle="  me ")
    service.set_network_profile(actor, 1, audience_size=510)
    assert [(row.audience_size, row.is_floor) for row in queries.profiles_of(actor)] == [(510, False)]
    assert [row.audience_size for row in queries.profile_history_of(actor)] == [510, 100]
    service.remove_network_profile(actor, 1)
    assert queries.profiles_of(actor) == []


@pytest.mark.parametrize("size", [-1, 2_000_000_001])
def test_a_size_is_refused_when_it_cannot_be(session, somebody, size):
    give_consent(somebody, Purpose.TAKE_PART, Purpose.NETWORK_SIZE)
    with pytest.raises(Invalid):
        service.set_network_profile(actor_for(somebody), 1, audience_size=size)


def test_a_network_is_not_found_when_its_number_is_unknown(session, somebody):
    give_consent(somebody, Purpose.TAKE_PART, Purpose.NETWORK_SIZE)
    with pytest.raises(NotFound):
        service.set_network_profile(actor_for(somebody), 9999, audience_size=1)


@pytest.mark.parametrize("body", [{}, {"en": []}, {"en": [{"heading": "x", "text": " "}]}, {"en": [{"text": "x"}]}])
def test_a_policy_is_refused_when_its_text_is_not_complete(session, body):
    with pytest.raises(Invalid):
        service.publish_policy(None, body)


def test_the_policy_is_read_in_the_nearest_language(session):
    version = make_policy({"en": [{"heading": "a", "text": "b"}], "de": [{"heading": "c", "text": "d"}]})
    assert queries.policy_text(version, "de-AT")[0] == "de"
    assert queries.policy_text(version, "fr")[0] == "en"
