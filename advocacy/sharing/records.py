"""The texts people shared of an item about a product or service, as evidence: by exception, and never in silence.

Some laws want the records of what was said about a product; works-council mode wants nobody watched. So somebody asks
with a reason, two others agree, everybody whose text it is hears of it at once, and each reading is on the audit trail.
With the second agreement the shares are written down whose authors are told; no other can be read by it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from advocacy.content import queries
from advocacy.content.evidence import evidence_of
from advocacy.content.models import ContentItem
from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.foundation.fields import unfit_character
from advocacy.identity.queries import names_of_accounts, reviewers_by_account
from advocacy.sharing.limits import LONGEST_REASON
from advocacy.sharing.record_keeping import OPEN_FOR, covered_texts, open_request, texts_left_out
from advocacy.sharing.record_models import RecordApproval, RecordRequest
from config.networks import network_of

APPROVALS = 2
WAITS_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as it is shown to those who may agree. Nothing in it says who shared."""

    request: RecordRequest
    asked_by: str | None
    approvals: int
    is_mine: bool
    has_approved: bool

    @property
    def is_open(self) -> bool:
        opened = self.request.opened_at
        return opened is not None and clock.now() < opened + OPEN_FOR

    @property
    def is_waiting(self) -> bool:
        return is_waiting(self.request)


def is_waiting(request: RecordRequest) -> bool:
    """Return whether a request can still be agreed to. One that nobody wanted for two weeks cannot."""
    return request.opened_at is None and request.lapsed_at is None and clock.now() < request.asked_at + WAITS_FOR


def ask(actor: Actor, item_id: UUID, *, reason: str) -> RecordRequest:
    """Ask to have the shared texts of an item about a product in its evidence; two others have to agree.

    Raises NotFound, NotPermitted (also for tokens and accounts that are nobody's), Invalid without a reason, Conflict
    for any other item and while one waits already.
    """
    item = _item(actor, item_id)
    account, why = _account(actor), " ".join(reason.split())
    if not why or len(why) > LONGEST_REASON or unfit_character(why) is not None:
        raise Invalid.field("reason", _("Say why, in at most %(most)s characters.", most=LONGEST_REASON))
    if not item.is_product:
        raise Conflict(_("Only texts about a product or service are kept as evidence. These are their authors' own."))
    running = session.scalar(
        select(RecordRequest)
        .where(RecordRequest.item_key == item.key, RecordRequest.opened_at.is_(None), RecordRequest.lapsed_at.is_(None))
        .with_for_update()
    )
    if running is not None:
        if is_waiting(running):
            raise Conflict(_("Somebody asked already. Two others have to agree."))
        running.lapsed_at = running.asked_at + WAITS_FOR
        session.flush()  # makes room for the next one
    request = RecordRequest(item_key=item.key, reason=why, asked_by=account, asked_at=clock.now())
    session.add(request)
    session.flush()  # of two at once one fails here
    audit.record(actor, "records.asked", subject_kind="content_item", subject_id=item.id, request=str(request.id))
    return request


def approve(actor: Actor, request_id: UUID) -> RecordRequest:
    """Agree. With the second agreement everybody whose text it is hears of it, and the texts can be read for some days.

    An earlier agreement counts as long as who gave it may still decide about the item.
    Raises NotFound, NotPermitted for who asked, tokens and accounts that are nobody's, Conflict when one agreed
    already, it is decided, or it waited too long.
    """
    request, item = _locked(actor, request_id)
    account = _account(actor)
    if request.asked_by == account:
        raise NotPermitted(_("Two people other than you have to agree."), code="own_work")
    if request.opened_at is not None:
        raise Conflict(_("This was decided already."))
    if not is_waiting(request):
        raise Conflict(_("This waited for two weeks and is over. Ask again."))
    agreed = set(_approvers(request))
    if account in agreed:
        raise Conflict(_("You agreed already. Somebody else has to, too."))
    session.add(RecordApproval(request_key=request.key, account_id=account, approved_at=clock.now()))
    audit.record(actor, "records.approved", subject_kind="content_item", subject_id=item.id, request=str(request.id))
    if len(_standing(item, agreed)) + 1 >= APPROVALS:
        open_request(request, item)
        audit.record(actor, "records.opened", subject_kind="content_item", subject_id=item.id, request=str(request.id))
    session.flush()  # lists in the same request count it
    return request


def requests_of(actor: Actor, item_id: UUID) -> list[Shown]:
    """Return the requests about an item, the newest first. Raises NotFound, NotPermitted."""
    item = _item(actor, item_id)
    agreed = (
        select(func.array_agg(RecordApproval.account_id))
        .where(RecordApproval.request_key == RecordRequest.key)
        .scalar_subquery()
    )
    rows = session.execute(
        select(RecordRequest, agreed)
        .where(RecordRequest.item_key == item.key)
        .order_by(RecordRequest.asked_at.desc(), RecordRequest.key.desc())
    ).all()
    names = names_of_accounts({request.asked_by for request, _agreed in rows})
    return [
        Shown(
            request,
            names.get(request.asked_by),
            len(_standing(item, accounts or ()) if is_waiting(request) else accounts or ()),
            request.asked_by == actor.account_id,
            actor.account_id in (accounts or ()),
        )
        for request, accounts in rows
    ]


def evidence_with_texts(actor: Actor, request_id: UUID) -> dict[str, Any]:
    """Return the evidence of an item's newest version with the texts that were shared of any; on the audit trail.

    Only for who asked and who agreed. Texts of people who withdrew are not in it; `texts_left_out` counts them, where
    these people are a group. Raises NotFound, NotPermitted, Conflict before two agreed and once the days are over.
    """
    request, item = _locked(actor, request_id)
    if _account(actor) not in {request.asked_by, *_approvers(request)}:
        raise NotPermitted(_("Only who asked and who agreed can read them. Ask yourself, with your reason."))
    if request.opened_at is None:
        raise Conflict(_("Two others have to agree first."))
    if clock.now() >= request.opened_at + OPEN_FOR:
        raise Conflict(_("This was open for some days. Ask again."))
    audit.record(actor, "records.exported", subject_kind="content_item", subject_id=item.id, request=str(request.id))
    further = {
        "shared_texts": [
            {
                "at": share.opened_at.isoformat(),
                "by": name,
                "network": network_of(share.network).key,
                "version": number,
                "version_hash": hash_.hex(),
                "text": share.text,
                "disclosure": share.disclosure,
                "confirmed_at": share.confirmed_at.isoformat() if share.confirmed_at else None,
                "post_url": share.post_url,
            }
            for share, number, hash_, name in covered_texts(request)
        ],
        "texts_left_out": texts_left_out(request),
    }
    return evidence_of(actor, item.id, further=further)


def _approvers(request: RecordRequest) -> Sequence[UUID]:
    agreed = select(RecordApproval.account_id).where(RecordApproval.request_key == request.key)
    return session.scalars(agreed).all()


def _item(actor: Actor, item_id: UUID) -> ContentItem:
    item = queries.get_item(item_id, visible_to=actor)
    require_in(actor, Permission.CONTENT_REVIEW, item.unit_key)
    return item


def _locked(actor: Actor, request_id: UUID) -> tuple[RecordRequest, ContentItem]:
    request = session.scalar(select(RecordRequest).where(RecordRequest.id == request_id).with_for_update())
    item_id = session.scalar(select(ContentItem.id).where(ContentItem.key == request.item_key)) if request else None
    if request is None or item_id is None:
        raise NotFound(_("There is no such request, or it belongs to units you do not work for."))
    return request, _item(actor, item_id)


def _standing(item: ContentItem, accounts: Collection[UUID]) -> set[UUID]:
    """Return those of the accounts whose people may still decide about the item."""
    return set(reviewers_by_account(item.unit_key, accounts)) if accounts else set()


def _account(actor: Actor) -> UUID:
    """Return the account of a person who is here. An employee has one account, so three accounts are three people."""
    if actor.account_id is None or actor.employee_key is None or actor.scopes is not None:
        raise NotPermitted(_("Records are asked for, agreed to and read by employees who are signed in themselves."))
    return actor.account_id
