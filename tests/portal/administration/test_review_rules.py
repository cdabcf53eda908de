"""Review rules on their page, and what approvers see of them."""

from typing import Any

from advocacy.content import service
from advocacy.foundation.access import Role
from advocacy.identity.service import actor_of
from tests.factories.content import make_item
from tests.factories.people import make_unit
from tests.support.clients import sign_in_browser
from tests.support.html import UNESCAPED, checked_page


def test_a_rule_is_put_in_force_seen_by_approvers_and_ended(app: Any, session: Any) -> None:
    make_unit("Meridian Works")
    administrator = sign_in_browser(app, None, Role.ADMINISTRATOR)
    curator, approver = sign_in_browser(app, None, Role.CURATOR), sign_in_browser(app, None, Role.APPROVER)
    assert "One approval is enough" in checked_page(administrator.get("/settings/review")).words()
    form = {
        "name": f"Law {UNESCAPED}",
        "approvals": "2",
        "due_hours": "8",
        "words": "pump\nlaw suit",
        "desk": "Legal",
        "desk_account_ids": str(approver.account.id),
    }
    assert administrator.post("/settings/review", data=form).status_code == 302
    page = checked_page(administrator.get("/settings/review"))
    assert "2 approvals" in page.words()
    for bad in ({**form, "approvals": "x"}, {**form, "approvals": "9"}, {**form, "kinds": "poem"}, {}):
        checked_page(administrator.post("/settings/review", data=bad), 422)

    item = make_item(author=actor_of(curator.account), texts={"en": {"title": "The pump", "summary": ""}})
    service.submit_item(actor_of(curator.account), item.id)
    shown = checked_page(approver.get(f"/review/{item.id}")).words()
    assert "0 of 2" in shown
    assert "Legal" in shown
    assert "0 of 2 approvals" in checked_page(approver.get("/review")).words()
    seen = checked_page(approver.get(f"/review/{item.id}")).field("seen_hash")
    approver.post(f"/review/{item.id}", data={"decision": "approved", "seen_hash": seen})
    assert "You approved this version" in checked_page(approver.get(f"/review/{item.id}")).words()
    pack = approver.get(f"/studio/{item.id}/evidence.zip")
    assert pack.mimetype == "application/zip"
    assert curator.get(f"/studio/{item.id}/evidence.zip").status_code == 403

    action = next(form.get("action") for form in page.all("form") if (form.get("action") or "").endswith("/end"))
    administrator.post(action)
    assert "One approval is enough" in checked_page(administrator.get("/settings/review")).words()
