"""A no to being told outlives the database it was said in: a copy that is put back learns of it again."""

import json

import pytest

from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.notifications import queries, service
from advocacy.notifications.choices import DEFAULTS
from advocacy.notifications.models import NotificationPreference, PrivateFeed, PushSubscription
from advocacy.people import service as people
from advocacy.people import tombstones
from tests.factories.notifications import choose
from tests.factories.people import actor_for, make_advocate
from tests.notifications.test_web_push import Device, text_of
from tests.support.restoring import forgotten_by_the_copy

MAIL, PUSH = "mail:suggestions", "web_push:suggestions"
NOTHING = {"told_less": 0, "feed_revoked": 0, "browser_removed": 0}


@pytest.fixture(autouse=True)
def _empty_tombstone_file(session, settings):
    tombstones.preferences.init(settings)
    tombstones.log_file().unlink(missing_ok=True)


def subscribe(person, path):
    device = Device()
    keys = {"p256dh": device.p256dh, "auth": text_of(device.auth)}
    endpoint = f"https://fcm.googleapis.com/{path}"
    return service.subscribe(actor_for(person), endpoint=endpoint, device="Firefox", **keys)


def choices(person):
    return queries.choices_of(person.key)


def test_a_restore_brings_no_mail_back_to_somebody_who_said_stop():
    by_mail, by_form, everything, days, other = (make_advocate() for _ in range(5))
    choose(days, digest_days=[1])
    with forgotten_by_the_copy():
        service.mute(by_mail.key, MAIL)
        choose(by_form, off=[MAIL, PUSH])
        service.turn_everything_off(everything.key)
        choose(days, digest_days=[])
        choose(other, digest_hour=11)
    assert not choices(everything).is_everything_off
    assert service.reapply_stops() == NOTHING | {"told_less": 4}
    assert choices(by_mail).muted == (MAIL,)
    assert choices(by_form).muted == (MAIL, PUSH)
    assert choices(everything).is_everything_off
    assert choices(days).digest_days == ()
    assert choices(other) == DEFAULTS
    assert service.reapply_stops() == NOTHING, "twice is once"


def test_two_stops_of_one_person_are_both_said_again():
    person = make_advocate()
    with forgotten_by_the_copy():
        service.mute(person.key, MAIL)
        service.mute(person.key, PUSH)
        version = service.turn_everything_off(person.key).version
    lines = tombstones.log_file().read_text().splitlines()
    tombstones.log_file().write_text("\n".join(reversed(lines)) + "\n")  # as two hosts' files, one after the other
    assert service.reapply_stops() == NOTHING | {"told_less": 3}
    assert choices(person).muted == (MAIL, PUSH)
    assert choices(person).is_everything_off
    assert choices(person).version == version


def test_a_yes_that_is_in_the_copy_and_younger_than_the_no_stands():
    person = make_advocate()
    service.mute(person.key, MAIL)
    service.turn_everything_off(person.key)
    choose(person, off=[])
    service.turn_on_again(actor_for(person))
    assert service.reapply_stops() == NOTHING
    assert choices(person).muted == ()


def test_a_yes_is_never_written_there_because_its_commit_may_fail():
    person = make_advocate()
    service.turn_everything_off(person.key)
    lines = tombstones.log_file().read_text()
    service.turn_on_again(actor_for(person))
    choose(person, digest_hour=8)
    assert tombstones.log_file().read_text() == lines


@pytest.mark.parametrize("how", ["revoked", "replaced"])
def test_a_restore_revives_no_secret_address(how):
    person, other = make_advocate(), make_advocate()
    service.make_private_feed(actor_for(other))
    service.make_private_feed(actor_for(person))
    with forgotten_by_the_copy():
        if how == "revoked":
            service.revoke_private_feed(actor_for(person))
        else:
            service.make_private_feed(actor_for(person))
    assert ambient.get(PrivateFeed, person.key) is not None
    assert service.reapply_stops() == NOTHING | {"feed_revoked": 1}
    ambient.expire_all()
    assert ambient.get(PrivateFeed, person.key) is None
    assert ambient.get(PrivateFeed, other.key) is not None


def test_a_restore_pushes_to_no_browser_that_was_taken_away():
    person, next_owner = make_advocate(), make_advocate()
    removed, handed_on = subscribe(person, "a").id, subscribe(person, "b").id
    kept = subscribe(person, "c").id
    with forgotten_by_the_copy():
        service.unsubscribe(actor_for(person), removed)
        subscribe(next_owner, "b")
        subscribe(person, "c")
    assert ambient.get(PushSubscription, handed_on) is not None
    assert service.reapply_stops() == NOTHING | {"browser_removed": 2}
    ambient.expire_all()
    assert [row.id for row in queries.browsers_of(actor_for(person))] == [kept]


def test_whoever_left_or_is_unknown_is_passed_over():
    person = make_advocate()
    with forgotten_by_the_copy():
        service.turn_everything_off(person.key)
        people.erase(None, person.id)
    line = {"what": "told_less", "employee": str(new_id()), "at": "2026-11-02T09:00:00+00:00", "version": 1}
    with tombstones.log_file().open("a") as file:
        file.write(json.dumps(line) + "\n")
    assert people.reapply_tombstones()["erased"] == 1
    assert service.reapply_stops() == NOTHING
    assert ambient.get(NotificationPreference, person.key) is None
