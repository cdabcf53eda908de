"""Connected accounts: what each may do, connecting one step by step, and taking it back with one click."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require_self
from advocacy.foundation.errors import Conflict, Invalid, NotFound
from advocacy.foundation.web import asks_nobody, current_actor, public, requires
from advocacy.identity import browser
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.purposes import in_words
from advocacy.portal.pages import FormErrors, form_page, is_htmx, mark_of, page, part_again
from advocacy.portal.presenting import network_icon
from advocacy.sharing.account_models import AccountAuthorization, AccountState, AuthorizationState, NetworkAccount
from advocacy.sharing.accounts import access, connecting, pressing
from advocacy.sharing.accounts.apps import CALLBACK_PATH, redirect_uri
from advocacy.sharing.accounts.providers import known_apis
from advocacy.sharing.accounts.providers.bluesky import METADATA_PATH, client_metadata
from config.network_apis import NetworkApi
from config.networks import Network, find_network, network_of

LATE_AFTER = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Offer:
    """A network that accounts may be connected to, with the account somebody has there."""

    network: Network
    api: NetworkApi
    account: NetworkAccount | None
    may_read_numbers: bool

    @property
    def icon(self) -> str:
        return network_icon(self.network.number)

    @property
    def has_ended(self) -> bool:
        return self.account is not None and self.account.state is AccountState.ENDED


def offers_for(actor: Actor) -> list[Offer]:
    """Return the networks that are switched on, and those where somebody has an account although they are not."""
    apis, mine = known_apis(), {account.network: account for account in access.accounts_of(actor)}
    on = access.networks_on()
    known = on + [network_of(number) for number in mine if network_of(number) not in on]
    return [
        Offer(
            network,
            apis[network.key],
            mine.get(network.number),
            bool((row := access.access_of(network)) is not None and row.is_on and row.reads_numbers),
        )
        for network in known
        if network.key in apis
    ]


def _accounts_page(errors: FormErrors | None = None) -> Response:
    actor = current_actor()
    key = require_self(actor)
    offers = offers_for(actor)
    return form_page(
        "employee/accounts.html",
        errors or FormErrors(),
        connected=[offer for offer in offers if offer.account is not None],
        offers=[offer for offer in offers if offer.account is None],
        takes_part=people.has_consent(key, Purpose.TAKE_PART),
        counts_sizes=people.has_consent(key, Purpose.NETWORK_SIZE),
        words=in_words(Purpose.CONNECTED_ACCOUNT),
    )


@blueprint.get("/my-data/accounts")
@requires(Permission.PROFILE_READ)
def accounts() -> Response:
    return _accounts_page()


@blueprint.post("/my-data/accounts")
@requires(Permission.PROFILE_WRITE)
def connect_account() -> AnyResponse:
    """Begin. What is asked of the network takes a moment, so the next page waits for it."""
    form, network = request.form, request.form.get("network", "")
    try:
        attempt = connecting.start_connection(
            current_actor(),
            network,
            browser=_this_browser(),
            server=form.get(f"server_{network}"),
            reads_numbers=form.get(f"reads_numbers_{network}") == "yes",
            reads_followers=form.get(f"reads_followers_{network}") == "yes",
        )
    except Invalid as error:  # the page has a form for each network, so its fields carry the network's name
        found = FormErrors.from_domain(error)
        return _accounts_page(FormErrors({f"{name}_{network}": told for name, told in found.items()}))
    except Conflict as error:
        if error.code == "policy_not_acknowledged":
            return redirect(url_for("employee.welcome"))
        raise
    return redirect(url_for("employee.connecting_account", authorization_id=attempt.id))


@blueprint.get("/my-data/accounts/connecting/<uuid:authorization_id>")
@requires(Permission.PROFILE_READ)
def connecting_account(authorization_id: UUID) -> AnyResponse:
    """Show how connecting stands. A part of it asks again by itself while it waits."""
    attempt = connecting.get_authorization(authorization_id, visible_to=current_actor())
    following = url_for("employee.accounts")
    if attempt.state is AuthorizationState.DONE:
        flash(_("%(network)s is connected.", network=network_of(attempt.network).name), "success")
        if is_htmx():
            answer = Response()
            answer.headers["HX-Redirect"] = following
            return answer
        return redirect(following)
    is_late = attempt.created_at < clock.now() - LATE_AFTER
    shown = mark_of(attempt.state, is_late)
    context: dict[str, Any] = {
        "attempt": attempt,
        "network": network_of(attempt.network),
        "api": known_apis()[network_of(attempt.network).key],
        "is_late": is_late,
        "problem": _problem(attempt),
        "shown": shown,
    }
    if is_htmx():
        return part_again("employee/connecting_state.html", shown, **context)
    return page("employee/connecting.html", **context)


@blueprint.get(f"{CALLBACK_PATH}/<network>")
@blueprint.get(f"{CALLBACK_PATH}/<network>/<place>")
@requires(Permission.PROFILE_WRITE)
def account_connected(**_names: str) -> AnyResponse:
    """Take somebody back from a network. It works once, and only in the browser that went there."""
    attempt = connecting.come_back(
        current_actor(),
        path=request.path,
        state=request.args.get("state", ""),
        browser=_this_browser(),
        code=request.args.get("code"),
        error=request.args.get("error"),
        issuer=request.args.get("iss"),
    )
    return redirect(url_for("employee.connecting_account", authorization_id=attempt.id))


@blueprint.post("/my-data/accounts/<network>/disconnect")
@requires(Permission.PROFILE_READ)  # nobody needs a right to close a door
def disconnect_account(network: str) -> AnyResponse:
    connecting.disconnect(current_actor(), network)
    name = access.known_network(network).name
    flash(_("Disconnected. What we were given is deleted, and %(network)s is told.", network=name), "success")
    return redirect(url_for("employee.accounts"))


@blueprint.get(METADATA_PATH)
@public  # servers of the AT Protocol read it; there is nothing of anybody in it
@asks_nobody
def client_description() -> Response:
    """Answer who this deployment is, for servers of the AT Protocol."""
    network = find_network("bluesky")
    api = known_apis().get("bluesky")
    if network is None or api is None:
        raise NotFound(_("There is nothing here."))
    settings = preferences.deployment()
    return jsonify(client_metadata(api.scopes, redirect_uri(network), settings.organisation_name))


def _this_browser() -> bytes:
    row = browser.current_visit().row
    if row is None:
        raise NotFound(_("This was not begun here, or is over. Begin again under My data."))
    return row.id_hash


def _problem(attempt: AccountAuthorization) -> str | None:
    """Return why it did not work, in words, or None while it may."""
    if attempt.state is not AuthorizationState.FAILED:
        return None
    network = network_of(attempt.network)
    own = {
        connecting.DECLINED: _("You said no there, so nothing was connected."),
        connecting.TOO_OLD: _("That took longer than 15 minutes. Begin again."),
        connecting.NOT_BEGUN_HERE: _("The answer came from somewhere else than you went. Nothing was connected."),
        "not_reached": _("We could not reach it. Check the name, or try again later."),
        "not_allowed": _("%(network)s does not let this organisation connect accounts.", network=network.name),
        "token_refused": _("%(network)s did not accept the answer. Begin again.", network=network.name),
    }
    return own.get(attempt.problem or "") or pressing.sentence(attempt.problem or "", network)
