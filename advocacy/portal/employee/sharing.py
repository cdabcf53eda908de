"""The share sheet: choose a network, write, see what the network takes, and open its own dialog."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.queries import FeedEntry, captions_of, get_live_item
from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, Permission, require_self
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.learning import missing_lessons
from advocacy.portal.employee.text_checks import discloses, look_at
from advocacy.portal.pages import FormErrors, form_page, page
from advocacy.portal.presenting import network_icon
from advocacy.sharing import queries, service
from advocacy.sharing.accounts.access import usable_accounts
from advocacy.sharing.captions import starting_point
from advocacy.sharing.codes import LENGTH
from advocacy.sharing.disclosure import leaves_choice
from advocacy.sharing.limits import LONGEST_TEXT
from advocacy.sharing.plan_models import PlannedShare
from advocacy.sharing.planning import clock_of, suggested_moment
from config.networks import Network, find_network, network_of, networks

FIRST_CHIPS = 5
# Where the person has no network of their own on record, these come first.
USUAL = ("linkedin", "x", "whatsapp", "mastodon", "bluesky")
MOMENT = "%Y-%m-%dT%H:%M"
COUNTING = {"characters": "codepoints"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One network to choose, with its rule for the counter and a wording to start from."""

    network: Network
    icon: str
    attributes: dict[str, Any]


def chips_for(actor: Actor, entry: FeedEntry) -> list[Chip]:
    """Return the networks an item can go to: those used last, those on record, then the usual ones."""
    possible = {network.number: network for network in networks() if network.key in entry.networks}
    order = [
        *queries.networks_by_use(actor),
        *(profile.network for profile in people.profiles_of(actor)),
        *(network.number for key in USUAL if (network := find_network(key)) is not None),
        *possible,
    ]
    return [
        Chip(possible[number], network_icon(number), _rule(possible[number], has_link=bool(entry.destination_host)))
        for number in dict.fromkeys(order)
        if number in possible
    ]


def _rule(network: Network, *, has_link: bool) -> dict[str, Any]:
    """Return what the counter in the browser needs; the server counts again and decides."""
    counts_link = has_link and (network.link_in_text or network.link_length > 0)
    rule = {
        "data-limit": network.limit,
        "data-count": COUNTING.get(network.counting, network.counting),
        "data-append": f"{preferences.deployment().link_url}/{'0' * LENGTH}" if counts_link else "",
    }
    return rule | ({"data-url-length": network.link_length} if network.link_length else {})


def _chosen(chips: list[Chip], plan: PlannedShare | None = None) -> Network:
    wanted = request.values.get("network") or (network_of(plan.network).key if plan is not None else "")
    return next((chip.network for chip in chips if chip.network.key == wanted), chips[0].network)


def sheet(actor: Actor, entry: FeedEntry, errors: FormErrors | None = None) -> Response:
    """Answer the share sheet of an item, with what was typed and what is wrong where it comes back."""
    takes_part = people.has_consent(require_self(actor), Purpose.TAKE_PART)
    missing = missing_lessons(actor) if takes_part else []
    if missing:
        return page("employee/lessons_first.html", entry=entry, lessons=missing)
    chips = chips_for(actor, entry)
    if not takes_part or not chips:
        return page("employee/read_item.html", entry=entry, takes_part=takes_part)
    posts_as = usable_accounts(actor, [chip.network for chip in chips])
    return sheet_page(
        "employee/share_sheet.html", actor, entry, errors, posts_as=posts_as, time_zone=clock_of(actor)[1].key
    )


def sheet_page(
    template: str, actor: Actor, entry: FeedEntry, errors: FormErrors | None = None, *, deals: bool = True, **more: Any
) -> Response:
    """Render a share sheet, with a wording in turn to start from if it `deals`, or as it was sent with its errors."""
    chips = chips_for(actor, entry)
    plan = plan_in_form(actor, entry.key)
    chosen = _chosen(chips, plan)
    is_locked = entry.version.is_text_locked
    caption = starting_point(actor, entry, chosen, deals=deals) if plan is None or is_locked else None
    values = {
        "text": caption.text if caption is not None else "",
        "caption": str(caption.id) if caption is not None else "",
        "server": queries.last_server(actor, find_network("mastodon") or chosen) or "",
        "network": chosen.key,
        "discloses": "yes",
        "press_key": str(uuid4()),
    }
    if plan is not None and not is_locked:
        values |= {
            "text": plan.text,
            "caption": str(plan.caption_id or ""),
            "server": plan.server or values["server"],
            "discloses": "yes" if plan.discloses else "",
        }
    if more.get("plans", True):
        values["planned_for"] = _moment_to_start_from(actor, entry, chosen, plan)
    context: dict[str, Any] = (
        {"plans": True}
        | more
        | {
            "entry": entry,
            "chips": chips,
            "first_chips": FIRST_CHIPS,
            "chosen": chosen,
            "is_locked": is_locked,
            "longest": LONGEST_TEXT,
            "reminds": queries.reminder_is_due(actor),
            "plan": plan,
            "leaves_choice": not is_locked
            and leaves_choice(people.employee_of(actor).country, entry.is_product, (chip.network for chip in chips)),
        }
    )
    if errors:
        submitted = values | {name: request.form.get(name, "") for name in values if name in request.form}
        looked = look_at(actor, entry, chosen, submitted["text"])
        return form_page(template, errors, **looked, **context)
    looked = look_at(actor, entry, chosen, values["text"])
    return page(template, errors={}, values=values, **looked, **context)


def plan_in_form(actor: Actor, item_key: int) -> PlannedShare | None:
    """Return the plan that a sheet was opened with, if it is the actor's own, open, and of this item."""
    try:
        return queries.open_plan(UUID(request.values.get("plan", "")), item_key, visible_to=actor)
    except (ValueError, NotFound):
        return None


def _moment_to_start_from(actor: Actor, entry: FeedEntry, network: Network, plan: PlannedShare | None) -> str:
    """Return the moment of a plan, else a good one to suggest, as a form writes it: on the person's own clock."""
    zone = clock_of(actor)[1]
    moment = plan.planned_for if plan is not None else suggested_moment(actor, entry, network)
    return moment.astimezone(zone).strftime(MOMENT) if moment is not None else ""


@blueprint.get("/items/<uuid:item_id>/share")
@requires(Permission.FEED_READ)
def share_sheet(item_id: UUID) -> Response:
    actor = current_actor()
    return sheet(actor, get_live_item(item_id, visible_to=actor))


@blueprint.post("/items/<uuid:item_id>/checks")
@requires(Permission.FEED_READ)
def check_text(item_id: UUID) -> Response:
    """Answer the checks of a text while it is written. Nothing is stored."""
    actor = current_actor()
    return checks_page(actor, get_live_item(item_id, visible_to=actor))


def checks_page(actor: Actor, entry: FeedEntry) -> Response:
    """Return what is told about the text of the form, for the network chosen there."""
    network = _chosen(chips_for(actor, entry))
    text = request.form.get("text", "").replace("\r\n", "\n")[:LONGEST_TEXT]
    return page("employee/share_checks.html", is_part=True, **look_at(actor, entry, network, text))


@blueprint.post("/items/<uuid:item_id>/share")
@requires(Permission.SHARES_WRITE)
def open_share(item_id: UUID) -> AnyResponse:
    """Write the share down and go on to the network; a script gets the addresses, everybody else the next page."""
    actor = current_actor()
    try:
        opened = open_as_entered(actor, item_id)
    except Invalid as error:
        return sheet(actor, get_live_item(item_id, visible_to=actor), FormErrors.from_domain(error))
    return way_on(opened, url_for("employee.shared", share_id=opened.share.id))


def open_as_entered(actor: Actor, item_id: UUID) -> service.OpenedShare:
    """Open a share of what stands in the form. Raises what `service.open_share` raises."""
    plan = plan_in_form(actor, get_live_item(item_id, visible_to=actor).key)
    return service.open_share(
        actor,
        item_id=item_id,
        network_key=request.form.get("network", ""),
        text=request.form.get("text", ""),
        caption_id=chosen_caption(actor, item_id),
        server=request.form.get("server") or None,
        discloses=discloses(),
        was_reminded=request.form.get("reminded") == "yes",
        planned_share_id=plan.id if plan is not None else None,
    )


def way_on(opened: service.OpenedShare, following: str) -> AnyResponse:
    """Return the addresses to a script, and the page that follows to everybody else."""
    if request.accept_mimetypes.best == "application/json":
        return jsonify(text=to_paste(opened), intent_url=opened.intent_url, next_url=following)
    return redirect(following)


def chosen_caption(actor: Actor, item_id: UUID) -> UUID | None:
    """Return the suggested wording somebody started from, if it still belongs to the item and the network."""
    try:
        wanted = UUID(request.form.get("caption", ""))
    except ValueError:
        return None
    entry, network = get_live_item(item_id, visible_to=actor), find_network(request.form.get("network", ""))
    if network is None:
        return None
    fitting = {one.id for one in captions_of(entry.version.id) if one.network in (network.number, None)}
    return wanted if wanted in fitting else None


def to_paste(opened: service.OpenedShare | queries.SharedItem) -> str:
    """Return what is copied: the text, and the link where the network's dialog does not bring it."""
    has_dialog = opened.intent_url is not None
    return opened.share.text if has_dialog else "\n".join(filter(None, (opened.share.text, opened.link_url)))
