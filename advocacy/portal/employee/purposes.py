"""What somebody is asked to agree to, in plain words. Asked are only purposes that something in the product serves."""

from dataclasses import dataclass

from flask_babel import gettext as _

from advocacy.people.models import Purpose

ASKED = (Purpose.TAKE_PART, Purpose.NETWORK_SIZE, Purpose.NETWORK_OVERLAP)


@dataclass(frozen=True, slots=True)
class PurposeInWords:
    """One purpose: the question, what a yes means, what it never means."""

    purpose: Purpose
    name: str
    question: str
    does: tuple[str, ...]
    never: tuple[str, ...]
    yes: str
    no: str
    without: str


def in_words(purpose: Purpose) -> PurposeInWords:
    """Return a purpose in the reader's language."""
    if purpose is Purpose.TAKE_PART:
        return PurposeInWords(
            purpose,
            _("Taking part"),
            _("May we count what you share through this portal?"),
            (
                _("Each share gets a short link of its own. We count how often it is opened."),
                _("You see your own numbers. Everybody else sees groups of people, never you alone."),
                _("You choose what to share, where, and in which words. Or nothing at all."),
            ),
            (
                _("Nothing is posted for you."),
                _("We read nothing in your networks and ask for none of your passwords there."),
                _("No manager sees whether you take part."),
            ),
            _("Yes, count me in"),
            _("No, I only want to read"),
            _("You can read everything. Nothing is counted."),
        )
    if purpose is Purpose.NETWORK_SIZE:
        return PurposeInWords(
            purpose,
            _("Size of your networks"),
            _("May we keep how many people follow you?"),
            (
                _("You tell us the number yourself, per network, and may round it."),
                _("It is added to everybody else's, so that the organisation knows how far voices could carry."),
            ),
            (
                _("We never ask who these people are."),
                _("Nobody but you sees your number."),
            ),
            _("Yes, keep my numbers"),
            _("No, leave them out"),
            _("You can share all the same. Your numbers are left out."),
        )
    if purpose is Purpose.NETWORK_OVERLAP:
        return PurposeInWords(
            purpose,
            _("Overlap of networks"),
            _("May we count how many different people we reach together?"),
            (
                _("You choose a list of your connections. It is read on this device, and you see what would be sent."),
                _("Only profile ids are sent. They are turned into keyed codes at once and forgotten."),
                _("Kept are an encrypted summary for counting and how many ids there were. It goes after 180 days."),
            ),
            (
                _("Names, e-mail addresses, companies and positions never leave this device."),
                _("Nobody can ask whether you know somebody, and no two people's networks are compared."),
                _("Nobody of your connections is contacted."),
            ),
            _("Yes, count overlaps"),
            _("No, leave my networks out"),
            _("Your networks are not compared with anybody's."),
        )
    if purpose is Purpose.CONNECTED_ACCOUNT:
        return PurposeInWords(
            purpose,
            _("Connected account"),
            _("May we post for you when you press the button?"),
            (
                _("You sign in at the network itself, and it lets us post. We never see your password."),
                _("A post goes out when you press “Post as me”, or when you chose, word for word as you saw it."),
                _("What the network gives us rests encrypted, and goes when you disconnect."),
            ),
            (
                _("Nothing goes out that you did not press or plan; nothing is liked, followed or answered for you."),
                _("Your messages, contacts and timeline are not read."),
                _("Nobody else here sees whether you connected an account."),
            ),
            _("Connect"),
            _("No, I post myself"),
            _("Nothing is connected. You post in the network's own dialog."),
        )
    if purpose is Purpose.LEADERBOARD:
        return PurposeInWords(
            purpose,
            _("Your team's score"),
            _("May your week count in your team's score?"),
            (
                _("In a week in which you act, your points are one of those whose middle is your team's."),
                _("Teams are listed with that score. A team of too few people is not."),
                _("Your own points stay with you: they are counted anew each time and kept nowhere."),
            ),
            (
                _("People are never listed, and nobody sees who said yes."),
                _("Nothing is won or lost by it."),
            ),
            _("Yes, count my weeks"),
            _("No, leave them out"),
            _("Your points are in no team's score."),
        )
    name, without = _("Target accounts"), _("Your networks are not looked at for accounts.")
    return PurposeInWords(purpose, name, name, (), (), _("Yes"), _("No"), without)
