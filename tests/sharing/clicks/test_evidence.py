"""The first person behind a link proves the share, and its author is told once, if they want to hear it."""

import pytest
from sqlalchemy import select

from advocacy.foundation import clock
from advocacy.foundation.db import session as ambient
from advocacy.notifications.models import Kind, Notification
from advocacy.sharing.attribution import credits_of
from advocacy.sharing.clicks.evidence import prove_shares
from advocacy.sharing.models import ShareState
from tests.factories.content import make_live_item
from tests.factories.notifications import choose
from tests.factories.people import make_advocate
from tests.factories.sharing import make_share


@pytest.mark.parametrize("wants", [True, False])
def test_the_author_is_told_of_the_first_person_once(session, wants):
    author = make_advocate()
    if not wants:
        choose(author, off=["in_app:answers"])
    texts = {"en": {"title": "The pump that saves a river", "summary": "Two sentences."}}
    opened = make_share(employee=author, item=make_live_item(texts=texts))
    links = credits_of([opened.link.key])
    for _ in range(2):
        prove_shares([(opened.link.key, clock.now())], links)
        ambient.flush()
    assert opened.share.state is ShareState.EVIDENCED
    told = ambient.scalars(select(Notification).where(Notification.employee_key == author.key)).all()
    expected = [(Kind.SHARE_ANSWERED, opened.share.id, {"title": "The pump that saves a river"})] if wants else []
    assert [(line.kind, line.subject_id, line.details) for line in told] == expected
