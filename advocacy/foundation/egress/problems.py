"""Why a page could not be fetched: a code that is kept, and a sentence that is made when somebody reads it."""

import enum
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from flask_babel import gettext as _


class Refusal(enum.StrEnum):
    """What stood in the way. Values are stored; add new ones, never rename."""

    NOT_AN_ADDRESS = "not_an_address"
    NOT_PUBLIC = "not_public"
    PORT = "port"
    NAME_UNKNOWN = "name_unknown"
    UNREACHABLE = "unreachable"
    NOT_SECURE = "not_secure"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    WRONG_TYPE = "wrong_type"
    BROKEN_ANSWER = "broken_answer"
    NOT_THERE = "not_there"
    GONE = "gone"
    NEEDS_SIGN_IN = "needs_sign_in"
    ASKED_TO_WAIT = "asked_to_wait"
    SITE_ERROR = "site_error"


class EgressProblem(Exception):
    """A fetch that did not work. `status` is the site's answer, `retry_after` what it sent under that name.

    `may_have_arrived` says that what was posted left before it went wrong, in part at least.
    """

    def __init__(
        self,
        refusal: Refusal,
        *,
        status: int | None = None,
        retry_after: str | None = None,
        may_have_arrived: bool = False,
    ) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.status = status
        self.retry_after = retry_after
        self.may_have_arrived = may_have_arrived


def asked_pause(value: str | None, now: datetime) -> timedelta:
    """Return how long a `Retry-After` asks for, in seconds or as a date; nothing for what cannot be read."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal() and len(text) < 9:
        return timedelta(seconds=int(text))
    try:
        return max(parsedate_to_datetime(text) - now, timedelta(0))
    except (ValueError, TypeError, IndexError, OverflowError):
        return timedelta(0)


def sentence(refusal: Refusal) -> str:
    """Return what happened and what to do, for the person who asked."""
    return {
        Refusal.NOT_AN_ADDRESS: _("This is no web address we can open. Copy it again from the browser."),
        Refusal.NOT_PUBLIC: _("This address is not on the public internet, so we do not open it."),
        Refusal.PORT: _("This address uses an unusual port, so we do not open it."),
        Refusal.NAME_UNKNOWN: _("There is no site with this name. Check the spelling."),
        Refusal.UNREACHABLE: _("The site did not answer. Try again later."),
        Refusal.NOT_SECURE: _("The site's certificate is not valid, so we did not go on."),
        Refusal.TOO_SLOW: _("The site took too long to answer. Try again later."),
        Refusal.TOO_LARGE: _("The page is too large to read."),
        Refusal.TOO_MANY_REDIRECTS: _("The address leads from one page to the next without end."),
        Refusal.WRONG_TYPE: _("What is there is not of a kind we can read."),
        Refusal.BROKEN_ANSWER: _("The site's answer could not be understood."),
        Refusal.NOT_THERE: _("The site says there is nothing at this address."),
        Refusal.GONE: _("The site says this is gone for good."),
        Refusal.NEEDS_SIGN_IN: _("The site shows this only to people who sign in, or does not let programs read it."),
        Refusal.ASKED_TO_WAIT: _("The site asks to come back later."),
        Refusal.SITE_ERROR: _("The site has a problem of its own. Try again later."),
    }[refusal]
