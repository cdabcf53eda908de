"""A post of the demo company that somebody wants mended: proposed, agreed to by one, so that another can decide."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from advocacy.content.models import ContentVersion
from advocacy.demo import company
from advocacy.demo.roster import Roster
from advocacy.foundation.access import Role
from advocacy.foundation.db import session
from advocacy.notifications.models import Kind, Notification
from advocacy.sharing.correction_models import Asks, Correction, CorrectionApproval
from advocacy.sharing.models import Link, Share
from advocacy.sharing.queries import link_url

REASON = "It says the pump halves every bill. We measured one village, and a third."


def propose_mending(roster: Roster) -> None:
    """Write one open request about the newest post on a product, by the curator, with the approver's agreement."""
    roles = {persona.role: person for persona, person in zip(company.PERSONAS, roster.personas, strict=True)}
    curator, approver, administrator = (roles[role] for role in (Role.CURATOR, Role.APPROVER, Role.ADMINISTRATOR))
    assert curator.account_id is not None  # noqa: S101
    assert approver.account_id is not None  # noqa: S101
    now = datetime.combine(roster.today, time(7), tzinfo=UTC) - timedelta(days=1)
    found = session.execute(
        select(Share, Link)
        .join(Link, Link.share_key == Share.key)
        .join(ContentVersion, ContentVersion.id == Share.version_id)
        .where(ContentVersion.is_product, Share.opened_at < now)
        .order_by(Share.opened_at.desc(), Share.key.desc())
        .limit(1)
    ).first()
    if found is None:
        return
    share, link = found
    correction = Correction(
        share_key=share.key,
        asks=Asks.TAKE_DOWN,
        address=link_url(link),
        reason=REASON,
        proposed_by=curator.account_id,
        proposed_at=now,
    )
    session.add(correction)
    session.flush()
    session.add(
        CorrectionApproval(
            correction_key=correction.key, account_id=approver.account_id, approved_at=now + timedelta(hours=2)
        )
    )
    session.add(
        Notification(
            employee_key=administrator.key,
            kind=Kind.MEND_PROPOSED,
            subject_id=correction.id,
            created_at=now,
            details={},
        )
    )
