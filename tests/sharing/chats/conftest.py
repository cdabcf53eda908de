"""A workspace of Slack with one of our people in it, and a channel of Teams, on contract servers of our own."""

import pytest
import time_machine

from advocacy.content import announcing
from advocacy.foundation.access import Role
from advocacy.notifications.service.chats import connecting, joining
from tests.factories.content import make_actor, make_live_item
from tests.factories.people import actor_for, make_advocate
from tests.support.chats import BOT_TOKEN, NOON, SIGNING_SECRET, chat_server


@pytest.fixture
def chat(session, environment):
    with chat_server(environment) as server, time_machine.travel(NOON, tick=False):
        yield server


@pytest.fixture
def administrator(chat):
    return make_actor(Role.ADMINISTRATOR)


@pytest.fixture
def slack(chat, administrator, recorded_jobs):
    """Return the contract server with Slack connected."""
    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
    recorded_jobs.run("notifications.check_slack")
    return chat


@pytest.fixture
def join(slack, recorded_jobs):
    """Return `join(member_id)`: one of our people who is told in Slack."""

    def joined(member_id="U2CERLKJA", **fields):
        person = make_advocate(**fields)
        slack.members[person.email] = member_id
        joining.join_slack(actor_for(person))
        recorded_jobs.run("notifications.find_chat_member")
        slack.came.clear()
        return person

    return joined


@pytest.fixture
def announce(recorded_jobs):
    """Return `announce(**fields)`: a live item that was told of, up to the messages that wait; its id."""

    def announced(note="We open it on Friday.", channels=(), **fields):
        curator = make_actor(Role.CURATOR)
        item = make_live_item(author=curator, **fields)
        announcing.announce_item(curator, item.id, note=note, channel_ids=channels)
        item_id = item.id
        recorded_jobs.run("notifications.tell_people")
        return item_id

    return announced
