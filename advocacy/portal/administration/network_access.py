"""Connected accounts, as an administrator sees them: what each network costs and demands, and the switch."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import format_currency
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid, PreconditionFailed
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.pages import FormErrors, page
from advocacy.portal.presenting import network_icon
from advocacy.sharing.account_models import NetworkAccess
from advocacy.sharing.accounts import access
from advocacy.sharing.accounts.apps import redirect_uri
from advocacy.sharing.accounts.providers import known_apis
from config.network_apis import NetworkApi
from config.networks import Network, find_network

PER = 1_000
OLD_AFTER_MONTHS = 9


@dataclass(frozen=True, slots=True)
class ShownAccess:
    """One network with its interface and what was decided about it."""

    network: Network
    api: NetworkApi
    row: NetworkAccess | None

    @property
    def icon(self) -> str:
        return network_icon(self.network.number)

    @property
    def redirect_uri(self) -> str:
        return redirect_uri(self.network)

    @property
    def is_on(self) -> bool:
        return self.row is not None and self.row.is_on

    @property
    def version(self) -> int:
        return self.row.version if self.row is not None else 0

    @property
    def is_old(self) -> bool:
        """Return whether the version of the interface will soon be switched off by the network."""
        months = self.api.months_old(clock.day_of(clock.now(), preferences.zone()))
        return months is not None and months >= OLD_AFTER_MONTHS


def _page(errors: FormErrors | None = None, *, of: str = "", status: int = 200) -> Response:
    shown = [
        ShownAccess(network, api, access.access_of(network))
        for key, api in known_apis().items()
        if (network := find_network(key)) is not None
    ]
    return page(
        "administration/network_access.html",
        status=status,
        errors=errors or FormErrors(),
        values=request.form.to_dict() if errors else {},
        of=of,
        networks=[(one, _costs(one.api), _terms(one)) for one in shown],
        on=sum(one.is_on for one in shown),
        may_write=current_actor().may(Permission.SETTINGS_WRITE),
    )


def _costs(api: NetworkApi) -> list[tuple[str, str]]:
    """Return what the network charges, as terms and amounts; empty where it charges nothing."""
    if not api.costs_money:
        return []
    return [
        (_("A post with a link"), _usd(api.post_with_link_usd)),
        (_("A post without one"), _usd(api.post_usd)),
        (_("Reading one post's numbers, or a follower count"), _usd(api.read_usd)),
        (_("1,000 posts with a link"), _usd(api.post_with_link_usd * PER)),
    ]


def _usd(amount: Decimal) -> str:
    places = "#,##0.00" if amount == amount.quantize(Decimal("0.01")) else "#,##0.000"
    return str(format_currency(amount, "USD", f"¤{places}", currency_digits=False))


def _terms(one: ShownAccess) -> list[str]:
    """Return what the network demands, in words an administrator decides by."""
    return {
        "mastodon": [
            _("Each server has rules of its own; the person agreed to them when they joined."),
            _("Servers are named by people. Only public addresses are opened, by the guarded worker."),
            _("How often a post was seen is not counted there, so that stays unknown."),
        ],
        "bluesky": [
            _("Works with every server of the AT Protocol. Ours has to be reachable by https for it."),
            _("How often a post was seen is not counted there, so that stays unknown."),
        ],
        "linkedin": [
            _("Needs an application of your own with the product “Share on LinkedIn”."),
            _("People have to connect again every 60 days; we tell them a week before."),
            _("Analytics of one's own posts need LinkedIn's approval (Community Management)."),
            _("What is read may be shown to its member and in sums; not for advertising, sales, recruiting or a CRM."),
            _("It is uncertain whether LinkedIn can be told that a token is void; then it ends by itself."),
        ],
        "x": [
            _("Paid by use from your developer account: set a limit there, and one for the month here."),
            _("Substantially similar posts from several accounts are forbidden. Shared texts have to be people's own."),
            _("Sharing through X's own dialog costs nothing."),
        ],
    }[one.network.key]


@blueprint.get("/settings/accounts")
@requires(Permission.SETTINGS_READ)
def network_access() -> Response:
    return _page()


@blueprint.post("/settings/accounts/<network>")
@requires(Permission.SETTINGS_WRITE)
def change_network_access(network: str) -> AnyResponse:
    known = access.known_network(network)
    try:
        access.change_access(current_actor(), network, **_typed(network))
    except Invalid as error:
        found = FormErrors.from_domain(error)
        named = FormErrors({f"{name}_{network}": told for name, told in found.items()})
        return _page(named, of=network, status=422)
    except PreconditionFailed as error:
        return _page(FormErrors({"": [error.detail]}), of=network, status=412)
    is_on = request.form.get("is_on") == "yes"
    flash(
        _("People may connect an account to %(network)s.", network=known.name)
        if is_on
        else _("%(network)s is off. Nothing is posted there from here.", network=known.name),
        "success",
    )
    return redirect(url_for("administration.network_access", _anchor=network))


def _typed(network: str) -> dict[str, Any]:
    form = request.form
    seen, limit = form.get("seen_version", ""), form.get(f"most_posts_a_month_{network}", "").strip()
    if limit and not (limit.isascii() and limit.isdecimal() and len(limit) < 9):
        raise Invalid.field("most_posts_a_month", _("Enter a whole number of at least 1, or nothing."))
    return {
        "is_on": form.get("is_on") == "yes",
        "seen_version": int(seen) if seen.isdecimal() and len(seen) < 10 else -1,
        "knows_terms": form.get(f"knows_terms_{network}") == "yes",
        "reads_numbers": form.get(f"reads_numbers_{network}") == "yes",
        "client_id": form.get(f"client_id_{network}"),
        "client_secret": form.get(f"client_secret_{network}"),
        "most_posts_a_month": int(limit) if limit else None,
    }
