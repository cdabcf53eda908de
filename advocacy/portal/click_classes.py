"""What classes of clicks are called and mean, wherever somebody other than the sharer reads about them."""

from flask_babel import gettext as _

from advocacy.activity.kinds import ClickClass


def class_names() -> dict[ClickClass, tuple[str, str]]:
    """Return the name of each class and what it means: people first, then what people did, then machines."""
    return {
        ClickClass.HUMAN: (
            _("People"),
            _("A visitor's first click on a link that day that nothing speaks against. These are counted."),
        ),
        ClickClass.REPEATED: (_("Repeated"), _("The same visitor on the same link again that day.")),
        ClickClass.OWN: (_("The sharer"), _("Whoever shared the link, seen by the session of that day.")),
        ClickClass.INTERNAL: (_("Colleagues"), _("From addresses of the organisation itself.")),
        ClickClass.PREVIEW_BOT: (_("Previews"), _("Networks and messengers that fetch a page to show a preview.")),
        ClickClass.SCANNER: (
            _("Scanners"),
            _("Other machines: agents that say so, and visitors faster than people."),
        ),
    }
