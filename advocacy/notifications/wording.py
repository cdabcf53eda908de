"""What a notification says and where it leads, made when it is read, in the reader's language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask_babel import format_date, get_locale
from flask_babel import gettext as _

from advocacy.foundation.db import session
from advocacy.notifications.models import Announcement, Kind, Notification, Subject


@dataclass(frozen=True, slots=True)
class Told:
    """One notification in words. `path` is a page of the portal; `icon` one of its icons."""

    title: str
    text: str
    path: str
    icon: str


# None: about the account or a duty. It goes to the list in the portal whatever else is off.
SUBJECTS: dict[Kind, Subject | None] = {
    Kind.NEW_ITEM: Subject.SUGGESTIONS,
    Kind.SHARE_ANSWERED: Subject.ANSWERS,
    Kind.MAIL_PAUSED: None,
    Kind.SUGGESTION_ANSWERED: Subject.ANSWERS,
    Kind.REVIEW_DUE: None,
    Kind.ACCOUNT_ENDING: None,
    Kind.ACCOUNT_ENDED: None,
    Kind.POST_MADE: None,  # asked for, at this moment
    Kind.POST_NOT_MADE: None,
    Kind.POST_UNKNOWN: None,
    Kind.CHAT_BROKEN: None,
    Kind.CHAT_ENDED: None,
    Kind.THANKED: Subject.THANKS,
    Kind.MEND_PROPOSED: None,
    Kind.POST_TO_MEND: None,
    Kind.SHARE_PLANNED: None,  # asked for, for this moment
    Kind.TEXTS_IN_EVIDENCE: None,
}


def _language() -> str:
    return str(get_locale() or "en").split("_")[0]


def new_item(notification: Notification) -> Told:
    announcement = (
        session.get(Announcement, notification.announcement_id) if notification.announcement_id is not None else None
    )
    titles = announcement.titles if announcement is not None else {}
    title = titles.get(_language()) or next(iter(titles.values()), None) or notification.details.get("title")
    note = announcement.note if announcement is not None else None
    return Told(
        str(title or _("Something new to share")),
        note or _("It is meant for you. Have a look, and pass it by if it is not."),
        f"/items/{notification.subject_id}/share",
        "speakerphone",
    )


def share_answered(notification: Notification) -> Told:
    title = notification.details.get("title")
    return Told(
        _("Somebody opened your link"),
        _("The first person followed “%(title)s”. Bots and your own visits are left out.", title=title)
        if title
        else _("The first person followed what you shared. Bots and your own visits are left out."),
        f"/shares/{notification.subject_id}",
        "activity",
    )


def mail_paused(notification: Notification) -> Told:
    return Told(
        _("We stopped sending you mail"),
        _("Your address was refused: %(reason)s. Once it works again, turn mail on under Notifications.",
          reason=notification.details.get("reason", "")),
        "/notifications/settings",
        "mail",
    )  # fmt: skip


def suggestion_answered(notification: Notification) -> Told:
    is_taken = notification.details.get("is_taken") is True
    title = notification.details.get("title", "")
    return Told(
        _("Your suggestion is taken up") if is_taken else _("Your suggestion was looked at"),
        _("Somebody makes something of “%(title)s”. Thank you.", title=title)
        if is_taken
        else _("“%(title)s” is not taken up this time. Thank you for thinking of it.", title=title),
        "/suggestions",
        "bulb",
    )


def review_due(notification: Notification) -> Told:
    return Told(
        _("Something waits for your decision"),
        _("It is due soon or late already. Whoever wrote it cannot go on without you."),
        f"/review/{notification.subject_id}",
        "checks",
    )


def account_ending(notification: Notification) -> Told:
    network, days = notification.details.get("network", ""), notification.details.get("days", 0)
    return Told(
        _("Your connection to %(network)s ends soon", network=network),
        _("It ends in %(days)s days. Connect again if you like; until then nothing changes.", days=days),
        "/my-data/accounts",
        "plug",
    )


def account_ended(notification: Notification) -> Told:
    network = notification.details.get("network", "")
    return Told(
        _("Your connection to %(network)s has ended", network=network),
        _(
            "%(network)s no longer takes what we were given. Nothing is posted until you connect again.",
            network=network,
        ),
        "/my-data/accounts",
        "plug",
    )


def post_made(notification: Notification) -> Told:
    network = notification.details.get("network", "")
    return Told(
        _("What you planned is out on %(network)s", network=network),
        _("It went out with your account, word for word. Look at it, and answer whoever answers you."),
        f"/shares/{notification.subject_id}/post",
        "check",
    )


def post_not_made(notification: Notification) -> Told:
    network = notification.details.get("network", "")
    return Told(
        _("Your post did not go out"),
        _("%(network)s did not take it. Your text is kept: look why, and post it yourself.", network=network),
        f"/shares/{notification.subject_id}/post",
        "alert-circle",
    )


def post_unknown(notification: Notification) -> Told:
    network = notification.details.get("network", "")
    return Told(
        _("Is your post out?"),
        _("%(network)s did not tell us. Please look there: we do not send it a second time by ourselves.",
          network=network),
        f"/shares/{notification.subject_id}/post",
        "alert-circle",
    )  # fmt: skip


def chat_broken(notification: Notification) -> Told:
    return Told(
        _("%(name)s takes no messages any more", name=notification.details.get("name", "")),
        _("It said: %(reason)s. What waits goes out once it is mended, within a day.",
          reason=notification.details.get("reason", "")),
        "/settings/chats",
        "message-circle",
    )  # fmt: skip


def chat_ended(notification: Notification) -> Told:
    return Told(
        _("We stopped writing to you in Slack"),
        _("Slack takes no messages for you: %(reason)s. Connect it again under Notifications, if you like.",
          reason=notification.details.get("reason", "")),
        "/notifications/settings",
        "message-circle",
    )  # fmt: skip


def thanked(notification: Notification) -> Told:
    title = notification.details.get("title")
    return Told(
        _("A colleague thanks you"),
        _("For “%(title)s”. Only you see who, and what they wrote.", title=title)
        if title
        else _("For your certificate. Only you see who, and what they wrote."),
        "/together",
        "heart-handshake",
    )


def mend_proposed(_notification: Notification) -> Told:
    return Told(
        _("A post may have to be mended"),
        _("A post about a product is wrong, a colleague says. Two others decide whether its author is asked."),
        "/posts-to-mend",
        "checks",
    )


def post_to_mend(_notification: Notification) -> Told:
    return Told(
        _("Please mend a post of yours"),
        _("Two colleagues agreed that something in it has to change. Nobody but you learns that it is yours."),
        "/",
        "edit",
    )


def share_planned(notification: Notification) -> Told:
    path = f"/planned/{notification.subject_id}"
    if notification.details.get("is_over"):
        return Told(
            _("What you planned to share is over"),
            _("It was taken back, has run out, or is meant for others now. Your words are still there."),
            path,
            "calendar",
        )
    if notification.details.get("may_be_out"):
        return Told(
            _("What you planned may be out already"),
            _("Our records were restored. Look on %(network)s first whether “%(title)s” is there.",
              title=notification.details.get("title", ""), network=notification.details.get("network", "")),
            path,
            "alert-circle",
        )  # fmt: skip
    if notification.details.get("was_to_be_posted"):
        return Told(
            _("What you planned did not go out by itself"),
            _("Something changed since you planned “%(title)s”, or it would have come too late. Look at it, and share"
              " it yourself on %(network)s.",
              title=notification.details.get("title", ""), network=notification.details.get("network", "")),
            path,
            "alert-circle",
        )  # fmt: skip
    return Told(
        _("Now is the time you chose"),
        _("You planned to share “%(title)s” on %(network)s. Your words are ready.",
          title=notification.details.get("title", ""), network=notification.details.get("network", "")),
        path,
        "calendar",
    )  # fmt: skip


def texts_in_evidence(notification: Notification) -> Told:
    details = notification.details
    titles = details.get("titles") or {}
    title = titles.get(_language()) or next(iter(titles.values()), "")
    until = format_date(date.fromisoformat(details["until"]), "long") if "until" in details else ""
    return Told(
        _("Your posts about a product can be read as evidence"),
        _("“%(title)s”, until %(day)s, by three people: who asked, and two who agreed. The reason: %(reason)s",
          title=title, day=until, reason=details.get("reason", "")),
        "/my-data#evidence",
        "clipboard-check",
    )  # fmt: skip


WORDS: dict[Kind, Callable[[Notification], Told]] = {
    Kind.NEW_ITEM: new_item,
    Kind.SHARE_ANSWERED: share_answered,
    Kind.MAIL_PAUSED: mail_paused,
    Kind.SUGGESTION_ANSWERED: suggestion_answered,
    Kind.REVIEW_DUE: review_due,
    Kind.ACCOUNT_ENDING: account_ending,
    Kind.ACCOUNT_ENDED: account_ended,
    Kind.POST_MADE: post_made,
    Kind.POST_NOT_MADE: post_not_made,
    Kind.POST_UNKNOWN: post_unknown,
    Kind.CHAT_BROKEN: chat_broken,
    Kind.CHAT_ENDED: chat_ended,
    Kind.THANKED: thanked,
    Kind.MEND_PROPOSED: mend_proposed,
    Kind.POST_TO_MEND: post_to_mend,
    Kind.SHARE_PLANNED: share_planned,
    Kind.TEXTS_IN_EVIDENCE: texts_in_evidence,
}


def told(notification: Notification) -> Told:
    """Return a notification in the words of the reader's language."""
    return WORDS[notification.kind](notification)
