"""Links by mail: purpose-bound, hashed, used once. A scanner that opens one changes nothing."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Date, cast, delete, func, select, update
from sqlalchemy.orm import Session

from advocacy.foundation import clock, jobs, preferences, ratelimit
from advocacy.foundation.db import session
from advocacy.foundation.errors import Gone, Invalid, NotSignedIn
from advocacy.identity import queries, tokens
from advocacy.identity.models import LONGEST_EMAIL, Account, Invitation, LinkPurpose, SignInLink
from advocacy.people.models import UnitMembership

NOBODY = UUID(int=0)
LINK_LIFETIME = {
    LinkPurpose.INVITATION: timedelta(hours=24),
    LinkPurpose.SIGN_IN: timedelta(minutes=15),
    LinkPurpose.PASSWORD_RESET: timedelta(minutes=15),
    LinkPurpose.DEMO: timedelta(hours=24),
}


def request_link(account: Account, purpose: LinkPurpose) -> None:
    """Have a link mailed. The task makes the token, so no secret is ever stored. Raises TooManyRequests."""
    standing = ratelimit.limiter().hit(ratelimit.MAIL_PER_ACCOUNT, "mail", str(account.id))
    ratelimit.refuse_when_exhausted(standing)
    jobs.enqueue("identity.send_link", account_id=account.id, purpose=purpose.value)


def ask_for_link(*, email: str, purpose: LinkPurpose, address: str | None) -> None:
    """Have a sign-in or reset link mailed if the address is known; whoever asks cannot tell. Raises TooManyRequests."""
    if purpose not in {LinkPurpose.SIGN_IN, LinkPurpose.PASSWORD_RESET}:
        raise Invalid(_("This kind of link cannot be asked for."))
    limiter, network = ratelimit.limiter(), ratelimit.network_of(address)
    ratelimit.refuse_when_exhausted(limiter.hit(ratelimit.MAIL_PER_ADDRESS, "mail-from", network))
    name = email.strip().lower()[:LONGEST_EMAIL]
    found = queries.find_live_account(func.lower(Account.email) == name) if "\x00" not in name else None
    # An unknown address costs the same: the same count, the same task, which then finds nobody. So time tells nothing.
    account_id = found[0].id if found is not None else NOBODY
    counted_by = str(account_id) if found is not None else name
    if limiter.hit(ratelimit.MAIL_PER_ACCOUNT, "mail", counted_by).is_exhausted:
        return
    jobs.enqueue("identity.send_link", account_id=account_id, purpose=purpose.value)


def make_link(account_id: UUID, purpose: LinkPurpose) -> str:
    """Return the token of a new link. Earlier links of the same kind stop working, except those of the demo."""
    return mint_link(session(), account_id, purpose)


class AddressChanged(Exception):
    """The account has another address than the one a letter was about to go to."""


def mint_link(store: Session, account_id: UUID, purpose: LinkPurpose, *, address: str | None = None) -> str:
    """Make a link in a session of the caller's choice: mail needs its link to stand before the letter goes out.

    `address` is where the letter goes. Raises AddressChanged when it is the account's no more: an import that moves it
    ends the links that stand, so none may come up beside it.
    """
    if address is not None:
        present = select(Account.email).where(Account.id == account_id).with_for_update(read=True)
        if store.scalar(present) != address:
            raise AddressChanged
    if purpose is not LinkPurpose.DEMO:
        store.execute(
            delete(SignInLink).where(
                SignInLink.account_id == account_id, SignInLink.purpose == purpose, SignInLink.used_at.is_(None)
            )
        )
    token = tokens.new_link_token()
    now = clock.now()
    store.add(
        SignInLink(
            account_id=account_id,
            purpose=purpose,
            token_hash=tokens.hash_of(token),
            created_at=now,
            expires_at=now + LINK_LIFETIME[purpose],
        )
    )
    return token


def look_at_link(token: str) -> SignInLink:
    """Return what a link is for without using it up: scanners open links too. Raises Gone."""
    link = queries.find_link(tokens.hash_of(token))
    if link is None or not _is_usable(link):
        raise Gone(_("This link has been used or is too old. Ask for a new one."), code="link_not_valid")
    return link


def consume_link(token: str, *, purposes: Iterable[LinkPurpose], address: str | None = None) -> Account:
    """Use a link up and return its account. Raises Gone, NotSignedIn for a closed account, and TooManyRequests."""
    limiter = ratelimit.limiter()
    network = ratelimit.network_of(address)
    ratelimit.refuse_when_exhausted(limiter.hit(ratelimit.LINK_PER_ADDRESS, "link", network))
    # Locked, so that of two clicks at once only one finds it unused.
    link = session.scalar(select(SignInLink).where(SignInLink.token_hash == tokens.hash_of(token)).with_for_update())
    if link is None or link.purpose not in set(purposes) or not _is_usable(link):
        raise Gone(_("This link has been used or is too old. Ask for a new one."), code="link_not_valid")
    found = queries.find_live_account(Account.id == link.account_id)
    if found is None:
        raise NotSignedIn(_("This account is closed."))
    account, employee = found
    if link.purpose is not LinkPurpose.DEMO:
        link.used_at = clock.now()
    if link.purpose is LinkPurpose.INVITATION and employee is not None:
        session.execute(
            update(Invitation)
            .where(Invitation.employee_key == employee.key, Invitation.answered_at.is_(None))
            .values(answered_at=clock.now())
        )
    return account


def forget_unanswered(now: datetime | None = None) -> int:
    """Take the person out of invitations that stayed without an answer, and leave their unit; return how many.

    No answer is no refusal, and after a while nobody can read one out of it: what stays is a count.
    """
    before = (now or clock.now()) - timedelta(days=int(preferences.get("invitation_answer_days")))
    unit_key = (
        select(UnitMembership.unit_key)
        .where(
            UnitMembership.employee_key == Invitation.employee_key,
            UnitMembership.valid_during.contains(
                cast(func.timezone(preferences.zone().key, Invitation.invited_at), Date)
            ),
        )
        .scalar_subquery()
    )
    forgotten = session.execute(
        update(Invitation)
        .where(Invitation.employee_key.is_not(None), Invitation.answered_at.is_(None), Invitation.invited_at < before)
        .values(employee_key=None, unit_key=func.coalesce(Invitation.unit_key, unit_key))
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(forgotten)


def _is_usable(link: SignInLink) -> bool:
    return link.expires_at > clock.now() and (link.used_at is None or link.purpose is LinkPurpose.DEMO)
