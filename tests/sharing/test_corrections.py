"""A wrong post about a product: two others agree before anybody is asked, and only its author learns whose it is."""

import pytest

from advocacy.foundation import audit
from advocacy.foundation.access import Role
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.sharing import corrections
from advocacy.sharing.correction_models import Asks, CorrectionState
from advocacy.sharing.queries import link_url
from tests.factories.content import make_actor, make_live_item
from tests.factories.identity import make_account
from tests.factories.people import actor_for, make_advocate, make_unit
from tests.factories.sharing import make_share
from tests.support.clients import sign_in_browser
from tests.support.html import checked_page

WHY = "It promises a saving that nobody measured."


@pytest.fixture
def share(session):
    return make_share(employee=make_advocate(name="Robin Lopes"), item=make_live_item(is_product=True))


@pytest.fixture
def cast(share):
    return make_actor(Role.CURATOR), make_actor(Role.APPROVER), make_actor(Role.ADMINISTRATOR)


def propose(actor, share, **fields):
    return corrections.propose(actor, **({"address": share.link_url, "asks": Asks.TAKE_DOWN, "reason": WHY} | fields))


def author_of(share):
    from advocacy.foundation.db import session
    from advocacy.people.models import Employee

    return actor_for(session.get_one(Employee, share.share.employee_key))


def test_two_others_agree_then_the_author_is_asked_and_answers(share, cast):
    curator, approver, administrator = cast
    author = author_of(share)
    wish = propose(curator, share)
    assert corrections.asked_of(author) == []
    assert corrections.approve(approver, wish.id).state is CorrectionState.PROPOSED
    assert corrections.asked_of(author) == []
    assert corrections.approve(administrator, wish.id).state is CorrectionState.ASKED
    (asked,) = corrections.asked_of(author)
    assert (asked.correction.reason, asked.network.key) == (WHY, "linkedin")
    corrections.answer(author, wish.id, is_done=True, note="Gone since this morning.")
    assert corrections.asked_of(author) == []
    (shown,) = corrections.corrections_for(curator)
    assert (shown.correction.state, shown.correction.answer, shown.approvals) == (
        CorrectionState.DONE,
        "Gone since this morning.",
        2,
    )
    actions = [(event.action, event.actor_account_id) for event, _ in audit.recent(limit=5)]
    assert [action for action, _account in actions] == [
        "correction.done",
        "correction.asked",
        "correction.approved",
        "correction.approved",
        "correction.proposed",
    ]
    assert actions[0][1] is None, "the trail does not tell whose post it was"
    assert corrections.own_data(author.employee_key)[0]["state"] == "done"
    with pytest.raises(Conflict):
        corrections.answer(author, wish.id, is_done=False)


def test_nobody_agrees_with_themselves_or_twice(share, cast):
    curator, approver, _administrator = cast
    wish = propose(curator, share)
    with pytest.raises(NotPermitted):
        corrections.approve(curator, wish.id)
    corrections.approve(approver, wish.id)
    with pytest.raises(Conflict):
        corrections.approve(approver, wish.id)
    with pytest.raises(Conflict):
        propose(approver, share)
    corrections.drop(curator, wish.id)
    with pytest.raises(Conflict):
        corrections.approve(make_actor(Role.APPROVER), wish.id)
    propose(curator, share, asks=Asks.DISCLOSE)


def test_only_posts_about_a_product_can_be_asked_about(cast, session):
    curator = cast[0]
    private = make_share(item=make_live_item())
    for address in (private.link_url, "https://example.com/post/1", "", "\x00", "x" * 3_000):
        with pytest.raises(Invalid) as refused:
            propose(curator, private, address=address)
        assert refused.value.problems[0].pointer == "address"
    with pytest.raises(Invalid):
        propose(curator, private, reason=" ")
    with pytest.raises(NotPermitted):
        propose(actor_for(make_advocate()), private)


def test_units_stay_apart(share, session):
    elsewhere = make_actor(Role.CURATOR, unit=make_unit("Elsewhere"))
    with pytest.raises(Invalid):
        propose(elsewhere, share)
    wish = propose(make_actor(Role.CURATOR), share)
    assert corrections.corrections_for(elsewhere) == []
    with pytest.raises(NotFound):
        corrections.approve(elsewhere, wish.id)


def test_nobody_but_the_author_answers_or_sees_whose_it_is(app, share, cast):
    curator, approver, administrator = cast
    wish = propose(curator, share)
    for one in (approver, administrator):
        corrections.approve(one, wish.id)
    wish_id, owner = wish.id, author_of(share).employee_key
    with pytest.raises(NotFound):
        corrections.answer(actor_for(make_advocate()), wish_id, is_done=True)
    page = checked_page(sign_in_browser(app, make_account(None, Role.CURATOR)).get("/posts-to-mend")).words()
    assert WHY in page
    assert "Robin" not in page
    from advocacy.foundation.db import session
    from advocacy.people.models import Employee

    robin = sign_in_browser(app, session.get_one(Employee, owner))
    today = checked_page(robin.get("/")).words()
    assert "Please take your post on LinkedIn down" in today
    assert robin.post(f"/asked/{wish_id}", data={"answer": "perhaps"}).status_code == 422
    assert robin.post(f"/asked/{wish_id}", data={"answer": "cannot", "note": "I left that network."}).status_code == 302
    assert WHY not in checked_page(robin.get("/")).words()


def test_the_page_proposes_agrees_and_tells_what_is_wrong(app, share):
    address = link_url(share.link)
    first, second = (sign_in_browser(app, make_account(None, Role.CURATOR)) for _ in range(2))
    wish = {"address": address, "asks": "disclose", "reason": WHY}
    checked_page(first.post("/posts-to-mend", data=wish | {"asks": "x"}), 422)
    checked_page(first.post("/posts-to-mend", data=wish | {"address": "https://x.com/a/status/1"}), 422)
    assert first.post("/posts-to-mend", data=wish).status_code == 302
    checked_page(second.post("/posts-to-mend", data=wish), 409)
    from advocacy.foundation.db import session
    from advocacy.sharing.correction_models import Correction

    wish_id = session.query(Correction).one().id
    assert second.post(f"/posts-to-mend/{wish_id}/approve").status_code == 302
    assert "1 of 2 agreed" in checked_page(first.get("/posts-to-mend")).words()
    assert first.post(f"/posts-to-mend/{wish_id}/drop").status_code == 302


def test_the_api_does_the_same(api, share):
    address, author = link_url(share.link), share.share.employee_key
    curator, approver, administrator = (api(None, role) for role in (Role.CURATOR, Role.APPROVER, Role.ADMINISTRATOR))
    made = curator.post("/api/v1/corrections", json={"address": address, "asks": "take_down", "reason": WHY})
    assert made.status_code == 201
    wish_id = made.get_json()["id"]
    assert curator.post(f"/api/v1/corrections/{wish_id}/approve").status_code == 403
    assert approver.post(f"/api/v1/corrections/{wish_id}/approve").get_json()["state"] == "proposed"
    assert administrator.post(f"/api/v1/corrections/{wish_id}/approve").get_json()["state"] == "asked"
    assert administrator.post(f"/api/v1/corrections/{wish_id}/drop").status_code == 409
    assert [row["state"] for row in curator.get("/api/v1/corrections").get_json()["data"]] == ["asked"]
    from advocacy.foundation.db import session
    from advocacy.people.models import Employee

    robin = api(session.get_one(Employee, author))
    assert [row["id"] for row in robin.get("/api/v1/me/corrections").get_json()["data"]] == [wish_id]
    assert curator.post(f"/api/v1/me/corrections/{wish_id}/answer", json={"is_done": True}).status_code == 404
    answered = robin.post(f"/api/v1/me/corrections/{wish_id}/answer", json={"is_done": False, "note": "Cannot."})
    assert answered.get_json()["state"] == "cannot"
