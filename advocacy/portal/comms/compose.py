"""Compose: an item is written, aimed and dated, with a preview that is what people and networks will get."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import pictures, queries, service, unfinished
from advocacy.content.circumstances import audience_for
from advocacy.content.models import ContentItem, ItemKind, ItemState, UnfinishedForm
from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import AdvocacyError, Conflict, Invalid, NotFound, NotPermitted, PreconditionFailed
from advocacy.foundation.models import LARGEST_PICTURE_BYTES
from advocacy.foundation.web import body_up_to, current_actor, requires
from advocacy.people.models import Audience
from advocacy.people.queries import AudienceSize, count_audience, known_titles, topics, unit_tree
from advocacy.people.queries.roster import places_and_languages
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.compose_form import (
    MOST_ROWS,
    FormOfItem,
    rows_in,
    submitted,
    values_of_form,
    values_of_item,
)
from advocacy.portal.comms.differences import Difference, differences
from advocacy.portal.comms.drafts import Draft, checks_of, destination_check, draft_of, previews_of
from advocacy.portal.comms.labels import country_name, kind_name, language_name, language_options
from advocacy.portal.comms.studio import tell_state
from advocacy.portal.comms.unfinished import values_of_unfinished
from advocacy.portal.comms.unfurls import ACTIONS, Reading, read_for, taken_in, told_in
from advocacy.portal.pages import FormErrors, page
from advocacy.sharing.disclosure import Rulebook
from advocacy.sharing.rule_models import Statement
from config.networks import networks

FORM_BYTES = LARGEST_PICTURE_BYTES + 1_000_000
FIRST_CAPTIONS = 2


def _compose_page(
    actor: Actor,
    values: dict[str, Any],
    *,
    item: ContentItem | None = None,
    errors: FormErrors | None = None,
    form: FormOfItem | None = None,
    more: str = "",
    changed_meanwhile: bool = False,
    reading: Reading | None = None,
    left_unfinished: UnfinishedForm | None = None,
    status: int = 200,
) -> Response:
    texts = min(MOST_ROWS, max(1, rows_in(values, "title")) + (more == "language"))
    captions = min(MOST_ROWS, max(FIRST_CAPTIONS, rows_in(values, "caption_text")) + (more == "caption"))
    reach = actor.unit_keys_for(Permission.CONTENT_WRITE)
    units = [node for node in unit_tree() if reach is None or node.key in reach]
    countries, languages = (
        _with_chosen(codes, values, part)
        for codes, part in zip(places_and_languages(), ("countries", "languages"), strict=True)
    )
    default = preferences.deployment().default_language
    values = {"language_0": default, "priority": 0, "kind": ItemKind.ARTICLE.value, "audience_match": "all"} | values
    for row in range(captions):
        values.setdefault(f"caption_language_{row}", default)
    draft = form.draft(_image_in(values)) if form is not None else None
    return page(
        "comms/compose.html",
        status=status,
        item=item,
        values=values,
        errors=errors or FormErrors(),
        changed_meanwhile=changed_meanwhile,
        theirs=_theirs(item, draft) if changed_meanwhile and item is not None and draft is not None else [],
        left_unfinished=left_unfinished,
        reading=reading or told_in(actor, values),
        texts=texts,
        captions=captions,
        units=units,
        kinds=[{"value": kind.value, "label": kind_name(kind)} for kind in ItemKind],
        languages=language_options(*(str(values.get(f"language_{row}", "")) for row in range(texts))),
        networks=[(network.key, network.name) for network in networks()],
        topics=[{"value": str(topic.id), "label": topic.name} for topic in topics()],
        countries=[{"value": code, "label": country_name(code)} for code in countries],
        reader_languages=[{"value": code, "label": language_name(code)} for code in languages],
        titles=known_titles(),
        campaigns=_campaigns(actor, item),
        time_zone=preferences.deployment().time_zone,
        image_sha256=_image_in(values),
        image_url=queries.image_url(_image_in(values)),
        is_live=item is not None and item.live_version_id is not None,
        was_live=item is not None and item.first_live_at is not None,
        disclosure_line=Rulebook.in_force().line_for(Statement.EMPLOYER, default),
        size=_count(actor, form.audience()) if form is not None else _count_of(actor, item),
        smallest=preferences.smallest_group(),
        draft=draft,
        previews=previews_of(draft) if draft is not None else [],
        checks=checks_of(draft) if draft is not None else None,
        kind_name=kind_name,
        language_name=language_name,
    )


def _with_chosen(offered: list[str], values: dict[str, Any], part: str) -> list[str]:
    """Return the codes to tick, with those the item has: one that is not shown would be gone with the next save."""
    chosen = (*(values.get(f"audience_{part}") or ()), *(values.get(f"except_{part}") or ()))
    return [*offered, *sorted({str(code) for code in chosen} - set(offered))]


def _campaigns(actor: Actor, item: ContentItem | None) -> list[tuple[str, str]]:
    """Return the campaigns to choose from, with the item's own when that was put away meanwhile."""
    found = queries.campaigns_in_use(actor)
    own = queries.find_campaign(item.campaign_key) if item is not None else None
    return [(str(one.id), one.name) for one in (*found, *([own] if own is not None and own not in found else []))]


def _theirs(item: ContentItem, own: Draft) -> list[Difference]:
    """Return where what somebody else saved differs from what stands in the form."""
    return differences(draft_of(item, queries.current_version(item)), own)


def _image_in(values: dict[str, Any]) -> str | None:
    sha256 = str(values.get("image_sha256") or "")
    return sha256 if queries.find_media(sha256) is not None else None


def _count(actor: Actor, wanted: dict[str, Any]) -> AudienceSize | None:
    """Return how many people an audience would have, or None where that is not told. Nothing is kept."""
    with session.begin_nested() as undone:
        try:
            return count_audience(audience_for(actor, wanted))
        except AdvocacyError:
            return None
        finally:
            undone.rollback()


def _count_of(actor: Actor, item: ContentItem | None) -> AudienceSize | None:
    if item is None:
        return _count(actor, {})
    return count_audience(session.get_one(Audience, item.audience_key))


@blueprint.get("/studio/compose")
@requires(Permission.CONTENT_WRITE)
def compose() -> Response:
    kind = request.args.get("kind", "")
    values = {
        "opening_reference": request.args.get("opening", "")[:200],
        "destination": request.args.get("url", "")[:2_000],
    }
    actor = current_actor()
    if "continue" in request.args and (kept := unfinished.find_form(actor, None)) is not None:
        return _compose_page(actor, values_of_unfinished(kept.form))
    return _compose_page(
        actor,
        values | ({"kind": kind} if kind in set(ItemKind) else {}),
        left_unfinished=unfinished.find_form(actor, None),
    )


@blueprint.post("/studio/compose")
@requires(Permission.CONTENT_WRITE)
@body_up_to(FORM_BYTES)
def write() -> AnyResponse:
    return _act(current_actor(), None)


@blueprint.get("/studio/<uuid:item_id>/edit")
@requires(Permission.CONTENT_WRITE)
def edit(item_id: UUID) -> Response:
    actor = current_actor()
    item = _editable(actor, item_id)
    values = values_of_item(item)
    reading = taken_in(actor, request.args.get("unfurl", ""), values)
    kept = unfinished.find_form(actor, item)
    if kept is not None and "continue" in request.args:
        answer = _compose_page(actor, values_of_unfinished(kept.form), item=item)
    else:
        answer = _compose_page(actor, values, item=item, reading=reading, left_unfinished=kept)
    answer.set_etag(str(item.row_version))
    return answer


@blueprint.post("/studio/<uuid:item_id>/edit")
@requires(Permission.CONTENT_WRITE)
@body_up_to(FORM_BYTES)
def change(item_id: UUID) -> AnyResponse:
    actor = current_actor()
    return _act(actor, _editable(actor, item_id))


def _editable(actor: Actor, item_id: UUID) -> ContentItem:
    item = queries.get_item(item_id, visible_to=actor)
    require_in(actor, Permission.CONTENT_WRITE, item.unit_key)
    if item.state is ItemState.WITHDRAWN:
        raise Conflict(_("A withdrawn item stays as it was. Make a new one."))
    return item


def _act(actor: Actor, item: ContentItem | None) -> AnyResponse:
    """Do what the pressed button says: another row, a preview, or saving."""
    form = submitted()
    action = form.text("action")
    image_sha256 = _picture(actor, form)
    values = values_of_form(form) | {"image_sha256": image_sha256}
    if action in {"language", "caption", "preview"}:
        return _compose_page(actor, values, item=item, form=form, more=action, errors=form.errors)
    if action in ACTIONS:
        reading = read_for(actor, form, values)
        return _compose_page(actor, values, item=item, errors=form.errors, reading=reading)
    arguments = form.arguments() | {"image_sha256": image_sha256}
    if not form.errors:
        try:
            with session.begin_nested():
                saved = _save(actor, item, form, arguments)
                if action == "submit":
                    service.submit_item(actor, saved.id)
                unfinished.drop_form(actor, item)
            if action == "submit":
                tell_state(saved)
            else:
                flash(_("Saved as a draft.") if saved.state is ItemState.DRAFT else _("Saved."), "success")
            return redirect(url_for("comms.item", item_id=saved.id))
        except Invalid as error:
            form.blame(error)
        except (NotFound, NotPermitted, Conflict) as error:
            form.errors[""] = [error.detail]
        except PreconditionFailed:
            # The values stay; whoever saves again has been told what it replaces.
            fresh = queries.get_item(item.id, visible_to=actor) if item is not None else None
            values["seen_version"] = fresh.row_version if fresh is not None else 0
            return _compose_page(actor, values, item=fresh, form=form, changed_meanwhile=True, status=412)
    if item is not None:
        session.refresh(item)
    return _compose_page(actor, values, item=item, form=form, errors=form.errors, status=422)


def _save(actor: Actor, item: ContentItem | None, form: FormOfItem, arguments: dict[str, Any]) -> ContentItem:
    if item is None:
        return service.draft_item(actor, **arguments)
    if item.live_version_id is not None:
        # What a live item keeps as approved is not in its form.
        for name in (
            "kind",
            "unit_id",
            "audience",
            "opening_reference",
            "is_product",
            "is_non_business",
            "live_from",
            "embargo_until",
        ):
            arguments.pop(name)
    elif item.first_live_at is not None:
        arguments.pop("is_product")
    # A program that sends the tag it read may leave the hidden field out.
    tag = request.headers.get("If-Match", "").strip().strip('"')
    seen = tag.partition(".")[0] or form.text("seen_version")
    return service.change_item(
        actor, item.id, seen_version=int(seen) if seen.isdecimal() and len(seen) < 10 else -1, **arguments
    )


def _picture(actor: Actor, form: FormOfItem) -> str | None:
    """Return the picture of the form: a new upload, what was there, or none."""
    upload = request.files.get("picture")
    if upload is not None and upload.filename:
        try:
            return pictures.store_picture(actor, upload.stream.read(LARGEST_PICTURE_BYTES + 1)).sha256
        except Invalid as error:
            form.errors["picture"] = [error.detail]
    if form.is_ticked("no_picture"):
        return None
    return _image_in({"image_sha256": form.text("image_sha256")})


# --- Parts of the page, asked for while somebody writes.


@blueprint.post("/studio/preview")
@requires(Permission.CONTENT_WRITE)
def preview() -> Response:
    form = submitted()
    draft = form.draft(_image_in({"image_sha256": form.text("image_sha256")}))
    return page(
        "comms/preview.html",
        draft=draft,
        previews=previews_of(draft),
        checks=checks_of(draft),
        kind_name=kind_name,
        language_name=language_name,
    )


@blueprint.post("/studio/audience")
@requires(Permission.CONTENT_WRITE)
def audience() -> Response:
    size = _count(current_actor(), submitted().audience())
    return page("comms/audience.html", size=size, smallest=preferences.smallest_group())


@blueprint.get("/studio/destination")
@requires(Permission.CONTENT_WRITE)
def destination() -> Response:
    url = request.args.get("destination", "").strip()
    ok, text = destination_check(url) if url else (True, "")
    return page("comms/destination.html", ok=ok, text=text)


@blueprint.post("/studio/picture")
@requires(Permission.CONTENT_WRITE)
@body_up_to(FORM_BYTES)
def picture() -> Response:
    """Keep a picture as soon as it is chosen, so that a form that comes back still has it."""
    form = submitted()
    sha256 = _picture(current_actor(), form)
    return page("comms/picture.html", image_sha256=sha256, image_url=queries.image_url(sha256), errors=form.errors)
