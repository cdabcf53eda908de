"""Kinds and outcomes of conversations as people say them."""

from flask_babel import gettext as _

from advocacy.conversations.models import BuyingRole, ConversationKind, Outcome


def kind_words() -> dict[ConversationKind, str]:
    return {
        ConversationKind.PROSPECT: _("A possible customer"),
        ConversationKind.CUSTOMER: _("A customer"),
        ConversationKind.CANDIDATE: _("A candidate"),
        ConversationKind.INFLUENCER: _("Somebody many listen to"),
        ConversationKind.PARTNER: _("A partner"),
        ConversationKind.COLLEAGUE: _("A colleague"),
    }


def outcome_words() -> dict[Outcome, str]:
    return {
        Outcome.OPEN: _("It goes on"),
        Outcome.PROGRESSED: _("It moved forward"),
        Outcome.PARKED: _("Not now"),
        Outcome.REFERRED_INTERNALLY: _("Passed on to a colleague"),
        Outcome.DECLINED: _("They said no"),
        Outcome.NO_REPLY: _("No reply"),
        Outcome.DO_NOT_CONTACT: _("They want no contact"),
    }


def role_words() -> dict[BuyingRole, str]:
    return {
        BuyingRole.DECIDER: _("Decides"),
        BuyingRole.BUYER: _("Buys"),
        BuyingRole.INFLUENCER: _("Is asked"),
        BuyingRole.INITIATOR: _("Started it"),
        BuyingRole.USER: _("Would use it"),
        BuyingRole.GATEKEEPER: _("Opens or closes the door"),
    }
