"""What the numbers on one's own pages mean. They show a single person's data, and only to that person."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from advocacy.portal.presenting import moment


def _definition(id_: str, name: str, as_of: datetime | None, **fields: str) -> dict[str, Any]:
    told = moment(as_of) if as_of is not None else _("not counted yet")
    return {"id": id_, "name": name, "as_of": told, "evidence": "O", **fields}


def click_definitions(as_of: datetime | None = None) -> list[dict[str, Any]]:
    """Return a definition for each class of clicks, and for their sum."""
    window = _("From the moment of sharing on")
    own = _("Clicks on your links only")
    texts = (
        ("human", _("People"), _("Clicks that look like a person's: a browser, once per visitor, link and day.")),
        ("preview_bot", _("Previews"), _("Networks and messengers that fetch a picture and a title for your post.")),
        ("scanner", _("Scanners"), _("Machines that check links for safety or collect pages.")),
        ("internal", _("Colleagues"), _("Clicks from your organisation's own network.")),
        ("own", _("You"), _("Clicks from a browser that was signed in as you that day.")),
        ("repeated", _("Repeated"), _("The same visitor on the same link again within one day.")),
    )
    classes = [
        _definition(
            f"clicks-{key}", name, as_of, summary=summary, window=window, denominator=own,
            excluded=_("Visitors are told apart by a key that changes every day; no address is kept."),
        )
        for key, name, summary in texts
    ]  # fmt: skip
    raw = _definition(
        "clicks-raw",
        _("All clicks"),
        as_of,
        summary=_("Every time a link of yours was opened, by whomever or whatever."),
        formula=_("people + previews + scanners + colleagues + you + repeated"),
        window=window,
        denominator=own,
    )
    return [*classes, raw]


def own_definitions(as_of: datetime | None = None) -> list[dict[str, Any]]:
    """Return the definitions of My impact and My shares."""
    return [
        *click_definitions(as_of),
        _definition(
            "own-potential",
            _("People who could see it"),
            None,
            summary=_("How many people follow you, over all networks you told us. Not how many saw anything."),
            formula=_("latest size of each of your networks, added up"),
            denominator=_("Every network once; somebody who follows you twice is in it twice"),
            excluded=_("Networks without a number. “500+” counts as 500."),
        )
        | {"as_of": _("the day you entered each number"), "evidence": "S"},
        _definition(
            "own-shares",
            _("Shares"),
            None,
            summary=_("Things you took to a network and said that you posted, or that somebody opened since."),
            formula=_("confirmed + evidenced"),
            window=_("Since you take part"),
            excluded=_("Dialogs you opened and closed again."),
        )
        | {"as_of": _("now"), "evidence": "S"},
        _definition(
            "own-conversations",
            _("Conversations"),
            None,
            summary=_("Conversations you noted yourself."),
            window=_("Since you take part"),
        )
        | {"as_of": _("now"), "evidence": "S"},
    ]
