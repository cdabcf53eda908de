"""When a post about a product is wrong: its author is asked to take it down or to say where they work.

The law wants a bad post mended once it is known; works-council mode wants nobody watched. So it begins with a post
that somebody saw in public, two others have to agree, everything is audited, and only its author learns whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.content.models import ContentItem, ContentVersion
from advocacy.content.queries import texts_in
from advocacy.content.queries.studio import visible
from advocacy.foundation import audit, clock, preferences
from advocacy.foundation.access import Actor, Permission, require, require_in, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.foundation.fields import unfit_character
from advocacy.identity.queries import reviewers_of
from advocacy.notifications.models import Kind
from advocacy.notifications.service import tell_of_duty
from advocacy.sharing.correction_models import Asks, Correction, CorrectionApproval, CorrectionState
from advocacy.sharing.limits import LONGEST_REASON
from advocacy.sharing.models import Link, Share
from config.networks import Network, network_of

APPROVALS = 2
LONGEST_ADDRESS = 2_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A correction with its item and network. Nothing in it says whose post it is."""

    correction: Correction
    item_id: UUID
    title: str
    network: Network
    approvals: int
    is_mine: bool
    has_approved: bool

    @property
    def missing(self) -> int:
        return max(0, APPROVALS - self.approvals)


def propose(actor: Actor, *, address: str, asks: Asks, reason: str) -> Correction:
    """Propose to ask the author of a post, found by its address or by the short link that stands in it.

    Raises NotPermitted, Invalid naming what is wrong (also when the address leads to no post about a product or
    service in the actor's units), Conflict while the same post is being asked about.
    """
    require(actor, Permission.POSTS_CORRECT)
    account = _account(actor)
    cleaned, why = address.strip(), " ".join(reason.split())
    if not why or len(why) > LONGEST_REASON or unfit_character(why) is not None:
        raise Invalid.field("reason", _("Say why, in at most %(most)s characters.", most=LONGEST_REASON))
    found = _find(actor, cleaned)
    if found is None:
        raise Invalid.field(
            "address",
            _(
                "No post about a product or service is known under this address. Paste the short link that stands in"
                " the post, or the post's own address. Posts about anything else are nobody's business here."
            ),
            code="unknown",
        )
    share, item = found
    require_in(actor, Permission.POSTS_CORRECT, item.unit_key)
    running = select(Correction.id).where(
        Correction.share_key == share.key, Correction.state.in_((CorrectionState.PROPOSED, CorrectionState.ASKED))
    )
    if session.scalar(running) is not None:
        raise Conflict(_("This post is being asked about already."))
    correction = Correction(
        share_key=share.key, asks=asks, address=cleaned, reason=why, proposed_by=account, proposed_at=clock.now()
    )
    session.add(correction)
    session.flush()  # the trail names the row
    audit.record(
        actor,
        "correction.proposed",
        subject_kind="correction",
        subject_id=correction.id,
        asks=asks.value,
        item=str(item.id),
    )
    for employee_key in reviewers_of(item.unit_key):
        if employee_key != actor.employee_key:
            tell_of_duty(employee_key, Kind.MEND_PROPOSED, subject_id=correction.id)
    return correction


def approve(actor: Actor, correction_id: UUID) -> Correction:
    """Agree that the author is asked; with the second agreement they are.

    Raises NotPermitted for who proposed it, NotFound, Conflict when one agreed already or it is over.
    """
    correction = _locked(actor, correction_id)
    account = _account(actor)
    if correction.proposed_by == account:
        raise NotPermitted(_("Two people other than you have to agree."), code="own_work")
    if correction.state is not CorrectionState.PROPOSED:
        raise Conflict(_("This was decided already."))
    agreed = set(_approvers(correction.key))
    if account in agreed:
        raise Conflict(_("You agreed already. Somebody else has to, too."))
    session.add(CorrectionApproval(correction_key=correction.key, account_id=account, approved_at=clock.now()))
    audit.record(actor, "correction.approved", subject_kind="correction", subject_id=correction.id)
    if len(agreed) + 1 >= APPROVALS:
        correction.state, correction.asked_at = CorrectionState.ASKED, clock.now()
        audit.record(actor, "correction.asked", subject_kind="correction", subject_id=correction.id)
        author = session.scalars(select(Share.employee_key).where(Share.key == correction.share_key)).one()
        tell_of_duty(author, Kind.POST_TO_MEND, subject_id=correction.id)
    session.flush()  # lists in the same request count it
    return correction


def drop(actor: Actor, correction_id: UUID) -> Correction:
    """Leave a proposal, before anybody was asked. Raises NotPermitted, NotFound, Conflict when it is decided."""
    correction = _locked(actor, correction_id)
    if correction.state is not CorrectionState.PROPOSED:
        raise Conflict(_("This was decided already."))
    correction.state, correction.closed_at = CorrectionState.DROPPED, clock.now()
    audit.record(actor, "correction.dropped", subject_kind="correction", subject_id=correction.id)
    return correction


def answer(actor: Actor, correction_id: UUID, *, is_done: bool, note: str = "") -> Correction:
    """Say that it is done, or that one cannot. Only the author of the post can; the note goes to who asked.

    Raises NotFound, also for everybody else's, Conflict unless it waits for an answer, Invalid.
    """
    key = require_self(actor)
    correction = session.scalar(
        select(Correction)
        .join(Share, Share.key == Correction.share_key)
        .where(Correction.id == correction_id, Share.employee_key == key, Correction.asked_at.is_not(None))
        .with_for_update(of=Correction)
    )
    if correction is None:
        raise NotFound(_("There is no such request to you."))
    if correction.state is not CorrectionState.ASKED:
        raise Conflict(_("You answered this already. Thank you."))
    said = " ".join(note.split())
    if len(said) > LONGEST_REASON or unfit_character(said) is not None:
        raise Invalid.field("note", _("Write at most %(most)s characters.", most=LONGEST_REASON))
    correction.state = CorrectionState.DONE if is_done else CorrectionState.CANNOT
    correction.closed_at, correction.answer = clock.now(), said or None
    # By the system: the trail, too, tells nobody whose post it was.
    audit.record(None, f"correction.{correction.state.value}", subject_kind="correction", subject_id=correction.id)
    return correction


def corrections_for(actor: Actor, limit: int = 100) -> list[Shown]:
    """Return proposals and requests about items of the actor's units, the newest first, without their authors."""
    require(actor, Permission.POSTS_CORRECT)
    rows = session.execute(
        select(Correction, Share.version_id, Share.network, ContentItem.id)
        .join(Share, Share.key == Correction.share_key)
        .join(ContentItem, ContentItem.key == Share.item_key)
        .where(visible(actor, Permission.POSTS_CORRECT))
        .order_by(Correction.proposed_at.desc(), Correction.key.desc())
        .limit(limit)
    ).all()
    return _shown([(row[0], row[1], row[2], row[3]) for row in rows], actor)


def asked_of(actor: Actor) -> list[Shown]:
    """Return what somebody is asked about their own posts and has not answered, the oldest first."""
    rows = session.execute(
        select(Correction, Share.version_id, Share.network, ContentItem.id)
        .join(Share, Share.key == Correction.share_key)
        .join(ContentItem, ContentItem.key == Share.item_key)
        .where(Share.employee_key == require_self(actor), Correction.state == CorrectionState.ASKED)
        .order_by(Correction.asked_at)
    ).all()
    return _shown([(row[0], row[1], row[2], row[3]) for row in rows], actor)


def own_data(employee_key: int) -> list[dict[str, object]]:
    """Return what somebody was asked about their posts, for their export."""
    rows = session.scalars(
        select(Correction)
        .join(Share, Share.key == Correction.share_key)
        .where(Share.employee_key == employee_key, Correction.asked_at.is_not(None))
        .order_by(Correction.asked_at)
    )
    return [
        {
            "asks": row.asks.value,
            "reason": row.reason,
            "asked_at": row.asked_at,
            "state": row.state.value,
            "answer": row.answer,
        }
        for row in rows
    ]


# --- Inside.


def _find(actor: Actor, address: str) -> tuple[Share, ContentItem] | None:
    """Return the share about a product under an address, within the actor's units; anything else is None."""
    base = f"{preferences.deployment().link_url}/"
    code = address.removeprefix(base).partition("?")[0].strip("/") if address.startswith(base) else ""
    if not address or len(address) > LONGEST_ADDRESS or "\x00" in address:
        return None
    is_it = Share.post_url == address
    if code:
        is_it = is_it | Share.key.in_(select(Link.share_key).where(Link.code == code))
    found = session.execute(
        select(Share, ContentItem)
        .join(ContentItem, ContentItem.key == Share.item_key)
        .join(ContentVersion, ContentVersion.id == Share.version_id)
        .where(
            is_it,
            ContentVersion.is_product,
            visible(actor, Permission.POSTS_CORRECT),
        )
        .order_by(Share.opened_at.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found is not None else None


def _locked(actor: Actor, correction_id: UUID) -> Correction:
    require(actor, Permission.POSTS_CORRECT)
    correction = session.scalar(
        select(Correction)
        .join(Share, Share.key == Correction.share_key)
        .join(ContentItem, ContentItem.key == Share.item_key)
        .where(Correction.id == correction_id, visible(actor, Permission.POSTS_CORRECT))
        .with_for_update(of=Correction)
        .execution_options(populate_existing=True)
    )
    if correction is None:
        raise NotFound(_("There is no such request, or it belongs to units you do not work for."))
    return correction


def _approvers(correction_key: int) -> Sequence[UUID]:
    agreed = select(CorrectionApproval.account_id).where(CorrectionApproval.correction_key == correction_key)
    return session.scalars(agreed).all()


def _shown(rows: list[tuple[Correction, UUID, int, UUID]], actor: Actor) -> list[Shown]:
    if not rows:  # nearly everybody, each time they open Today
        return []
    texts = texts_in({version_id for _one, version_id, _network, _item in rows}, None)
    agreed: dict[int, set[UUID]] = {}
    for approval in session.scalars(
        select(CorrectionApproval).where(CorrectionApproval.correction_key.in_([row[0].key for row in rows]))
    ):
        agreed.setdefault(approval.correction_key, set()).add(approval.account_id)
    return [
        Shown(
            correction,
            item_id,
            texts[version_id].title,
            network_of(network),
            len(agreed.get(correction.key, ())),
            correction.proposed_by == actor.account_id,
            actor.account_id in agreed.get(correction.key, ()),
        )
        for correction, version_id, network, item_id in rows
    ]


def _account(actor: Actor) -> UUID:
    if actor.account_id is None:
        raise NotPermitted(_("Corrections are proposed and agreed to by people."))
    return actor.account_id
