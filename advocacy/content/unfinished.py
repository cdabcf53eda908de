"""Forms of Compose that are not saved yet: kept beside the items, without a version, until saved or thrown away."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from advocacy.content.models import ContentItem, UnfinishedForm
from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Permission, require, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid, NotPermitted

LARGEST_BYTES = 400_000
KEPT = timedelta(days=30)
NEW = 0  # the key of an item that is not there yet


def _place(actor: Actor, item: ContentItem | None) -> tuple[UUID, int]:
    if actor.account_id is None:
        raise NotPermitted(_("Content is written and decided about by people."))
    return actor.account_id, item.key if item is not None else NEW


def keep_form(actor: Actor, item: ContentItem | None, values: Mapping[str, list[str]]) -> UnfinishedForm:
    """Keep what stands in the actor's form, over what was kept before. It makes no version and nobody else sees it.

    Raises NotPermitted, Invalid for a form that is too large.
    """
    require(actor, Permission.CONTENT_WRITE)
    if item is not None:
        require_in(actor, Permission.CONTENT_WRITE, item.unit_key)
    account_id, key = _place(actor, item)
    kept = dict(values)
    if len(json.dumps(kept)) > LARGEST_BYTES or "\x00" in str(kept):
        raise Invalid.field("", _("This is too much to keep. Save it as a draft."))
    changed = {"form": kept, "saved_at": clock.now()}
    return session.scalars(
        insert(UnfinishedForm)
        .values(account_id=account_id, item_key=key, **changed)
        .on_conflict_do_update(index_elements=[UnfinishedForm.account_id, UnfinishedForm.item_key], set_=changed)
        .returning(UnfinishedForm),
        execution_options={"populate_existing": True},
    ).one()


def find_form(actor: Actor, item: ContentItem | None) -> UnfinishedForm | None:
    """Return what the actor left unfinished, or None."""
    return session.get(UnfinishedForm, _place(actor, item)) if actor.account_id is not None else None


def drop_form(actor: Actor, item: ContentItem | None) -> None:
    """Throw away what the actor left unfinished. Without any, nothing happens."""
    account_id, key = _place(actor, item)
    session.execute(
        delete(UnfinishedForm).where(UnfinishedForm.account_id == account_id, UnfinishedForm.item_key == key)
    )


def unfinished_of(actor: Actor) -> list[UnfinishedForm]:
    """Return everything the actor left unfinished, the newest first."""
    return list(
        session.scalars(
            select(UnfinishedForm)
            .where(UnfinishedForm.account_id == actor.account_id)
            .order_by(UnfinishedForm.saved_at.desc())
        )
    )


def own_data(actor: Actor) -> list[dict[str, Any]]:
    """Return what the actor left unfinished as plain values, to take away."""
    forms = unfinished_of(actor)
    keys = [form.item_key for form in forms]
    ids = dict(session.execute(select(ContentItem.key, ContentItem.id).where(ContentItem.key.in_(keys))).all())
    return [
        {
            "item": str(ids[form.item_key]) if form.item_key in ids else None,
            "form": form.form,
            "saved_at": form.saved_at.isoformat(),
        }
        for form in forms
    ]


def forget_forms() -> int:
    """Delete forms that nobody came back to; return how many."""
    old = delete(UnfinishedForm).where(UnfinishedForm.saved_at < clock.now() - KEPT)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]
