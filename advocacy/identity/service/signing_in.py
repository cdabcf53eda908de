"""Proving who one is with a password, and choosing one."""

import structlog
from flask_babel import gettext as _
from sqlalchemy import delete, func

from advocacy.foundation import audit, clock, preferences, ratelimit
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotPermitted, NotSignedIn
from advocacy.identity import passwords, queries
from advocacy.identity.models import LONGEST_EMAIL, Account, LinkPurpose, SignInLink
from advocacy.identity.service.actors import own_account
from advocacy.identity.service.sessions import end_sessions
from advocacy.people.models import Employee

log = structlog.get_logger("advocacy.identity")


def sign_in(*, email: str, password: str, address: str | None) -> Account:
    """Return the account these words belong to.

    Raises NotSignedIn with the same words and after the same time whether the address or the password is wrong,
    and TooManyRequests when an address, an account or everybody together failed too often.
    """
    limiter, name, network = ratelimit.limiter(), email.strip().lower()[:LONGEST_EMAIL], ratelimit.network_of(address)
    counted = (
        (ratelimit.SIGN_IN_PER_ACCOUNT, ("account", name)),
        (ratelimit.SIGN_IN_PER_ADDRESS, ("address", network)),
        (ratelimit.SIGN_IN_GLOBAL, ("everybody",)),
    )
    ratelimit.refuse_when_exhausted(*(limiter.standing(limit, "sign-in", *names) for limit, names in counted))
    found = queries.find_live_account(func.lower(Account.email) == name) if "\x00" not in name else None
    account = found[0] if found is not None else None
    if not passwords.matches(account.password_hash if account is not None else None, password) or account is None:
        for limit, names in counted:
            limiter.hit(limit, "sign-in", *names)
        log.warning("sign_in_failed", reason="unknown" if account is None else "password")
        raise NotSignedIn(_("The address or the password is not right."), code="wrong_credentials")
    limiter.forget(ratelimit.SIGN_IN_PER_ACCOUNT, "sign-in", "account", name)
    if account.password_hash is not None and passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.hashed(password)
    return account


def set_password(account: Account, password: str) -> None:
    """Give an account a new password and end all its sessions. Raises Invalid for a weak one."""
    employee = session.get(Employee, account.employee_key) if account.employee_key is not None else None
    name = employee.name if employee is not None else None
    context = [account.email, name or "", preferences.deployment().organisation_name, "advocacy"]
    passwords.check(password, context=context)
    account.password_hash = passwords.hashed(password)
    account.password_changed_at = clock.now()
    end_sessions(account.id)
    session.execute(
        delete(SignInLink).where(SignInLink.account_id == account.id, SignInLink.purpose == LinkPurpose.PASSWORD_RESET)
    )
    audit.record(None, "account.password_changed", subject_kind="account", subject_id=account.id)


def change_password(actor: Actor, *, old: str, new: str, address: str | None) -> None:
    """Change one's own password. Raises NotSignedIn when the old one is wrong, Invalid when the new one is weak.

    The first password is chosen in a browser: a token with one scope must not become a way in with all of them.
    """
    account = own_account(actor)
    if account.password_hash is None and actor.scopes is not None:
        raise NotPermitted(_("Choose the first password in a browser."), code="browser_needed")
    if account.password_hash is not None:
        sign_in(email=account.email, password=old, address=address)
    set_password(account, new)
