"""What Slack, Teams and the way to them said, in a sentence that tells what to do."""

from flask_babel import gettext as _


def reason_in_words(code: str) -> str:
    """Return why a chat did not take something: a sentence for what is known, else what it said itself."""
    known = {
        "account_inactive": _("The token belongs to an app that was removed or switched off. Install it again."),
        "invalid_auth": _("Slack does not know this token. Copy the bot token again."),
        "token_revoked": _("The token was taken back in Slack. Install the app again and give the new token."),
        "token_expired": _("The token has run out. Turn token rotation off for this app and give a new token."),
        "not_authed": _("Slack does not know this token. Copy the bot token again."),
        "missing_scope": _("The app lacks a permission: it needs chat:write, users:read and users:read.email."),
        "messages_tab_disabled": _("The app's messages tab is off. Turn it on in Slack under App Home."),
        "users_not_found": _("Nobody in Slack has this mail address."),
        "channel_not_found": _("Slack finds no way to this account."),
        "user_disabled": _("This Slack account was closed."),
        "not_a_person": _("What Slack has under this address is no person's account."),
        "taken": _("Somebody else is told as this member of Slack."),
        "429": _("It wants to be left alone for a moment; we wait as long as it says."),
        "503": _("It takes nothing at the moment; we try again."),
        "too_slow": _("It did not answer in time. Whether the message arrived is not known; it is not sent twice."),
        "broken_answer": _("Its answer broke off. Whether the message arrived is not known; it is not sent twice."),
        "unreachable": _("It could not be reached; we try again."),
        "name_unknown": _("Its host has no address; we try again."),
        "host_not_allowed": _("The deployment does not name this host any more as one that posts may go to."),
        "disconnected": _("It was disconnected before this could go out."),
        "too_late": _("It did not take anything for a day, so this was given up."),
        "item_over": _("There was nothing to share any more."),
        "interrupted": _("Our own process broke off. Whether it arrived is not known; it is not sent twice."),
    }
    status = code.split(" ", 1)[0]
    flow = {
        "401": _("The flow does not let us in any more. Make its address anew and connect the channel again."),
        "403": _("The flow does not let us in any more. Make its address anew and connect the channel again."),
        "404": _("The flow is gone. Make a new one in Teams and connect the channel again."),
        "410": _("The flow is gone. Make a new one in Teams and connect the channel again."),
    }
    return known.get(code) or flow.get(status) or _("It said: %(reason)s", reason=code)
