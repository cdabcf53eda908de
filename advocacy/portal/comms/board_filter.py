"""What the board shows, read from an address: a search and filters, each remembered in the links of the page."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from sqlalchemy import func, select

from advocacy.content import queries
from advocacy.content.models import ContentItem, ItemState
from advocacy.content.queries import BoardFilter, Due
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.identity.queries import names_of_accounts
from advocacy.people.queries import topics
from advocacy.portal.comms.labels import language_name

NAMES = ("search", "state", "campaign", "topic", "language", "owner", "due")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, as typed and as understood. What cannot be understood asks nothing."""

    values: dict[str, str]
    filter: BoardFilter

    def arguments(self, **changes: str | None) -> dict[str, str]:
        """Return the address of the same question with some of it changed."""
        return {name: value for name, value in (self.values | changes).items() if value}


def asked(actor: Actor) -> Asked:
    """Return what the address asks for."""
    values = {name: request.args.get(name, "").strip()[:200] for name in NAMES}
    state, due, owner = values["state"], values["due"], values["owner"]
    return Asked(
        values,
        BoardFilter(
            search=values["search"].replace("\x00", ""),
            states=states_of(state),
            campaign_id=_id(values["campaign"]),
            topic_id=_id(values["topic"]),
            language=values["language"] or None,
            owner_id=actor.account_id if owner == "me" else _id(owner),
            due=Due(due) if due in set(Due) else None,
        ),
    )


def states_of(state: str) -> tuple[ItemState, ...]:
    """Return the states a column of the board stands for."""
    if state == "over":
        return (ItemState.EXPIRED, ItemState.WITHDRAWN)
    if state == ItemState.SCHEDULED:
        return (ItemState.APPROVED, ItemState.SCHEDULED)
    return (ItemState(state),) if state in set(ItemState) else ()


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def filter_options(actor: Actor) -> dict[str, list[tuple[str, str]]]:
    """Return what each filter offers, as value and label: taken from the items the actor works for, and no others."""
    seen = queries.conditions_of(actor, BoardFilter())
    owners = names_of_accounts(set(session.scalars(select(ContentItem.author_account_id).where(*seen).distinct())))
    base = func.split_part(func.unnest(ContentItem.languages), "-", 1)
    languages = sorted(set(session.scalars(select(base).where(*seen).distinct())))
    return {
        "campaign": [(str(campaign.id), campaign.name) for campaign in queries.campaigns_in_use(actor)],
        "topic": [(str(topic.id), topic.name) for topic in topics()],
        "language": sorted(((code, language_name(code)) for code in languages), key=lambda option: option[1]),
        "owner": [
            ("me", _("Mine")),
            *sorted(
                ((str(id_), name) for id_, name in owners.items() if id_ != actor.account_id),
                key=lambda option: option[1].lower(),
            ),
        ],
        "due": [
            (Due.STARTING.value, _("Goes live within a week")),
            (Due.ENDING.value, _("Ends within a week")),
            (Due.EMBARGOED.value, _("Under embargo")),
        ],
    }


def bulk_words() -> list[dict[str, Any]]:
    """Return what can be done with several items at once."""
    return [
        {"value": "submit", "label": _("Send to review")},
        {"value": "schedule", "label": _("Schedule")},
        {"value": "campaign", "label": _("Put in a campaign")},
        {"value": "expire", "label": _("End now")},
        {"value": "withdraw", "label": _("Withdraw")},
    ]
