"""Networks on the loopback, a deployment that knows their addresses, and the steps people take."""

import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from advocacy.foundation import preferences
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.sharing.account_models import AccountAuthorization, AuthorizationState, NetworkAccount
from advocacy.sharing.accounts import connecting, pressing, publishing
from advocacy.sharing.accounts.access import change_access
from config.network_apis import DELIVERED
from config.networks import find_network
from config.settings import Settings
from tests.factories.content import make_live_item
from tests.factories.identity import make_account
from tests.factories.people import actor_for, make_advocate
from tests.support.networks import Contract, LinkedInServer, MastodonServer, XServer, running

BROWSER = b"b" * 32
TEXT = "I work at Meridian Works. This is worth reading."


def apis_at(addresses: dict[str, dict[str, str]]) -> str:
    """Return the delivered file with the addresses of some networks changed."""
    delivered = tomllib.loads(DELIVERED.read_text(encoding="utf-8"))
    lines = [f'version = "{delivered["version"]}"']
    for entry in delivered["api"]:
        lines.append("[[api]]")
        for name, value in {**entry, **addresses.get(entry["network"], {})}.items():
            shown = value if not isinstance(value, bool) else str(value).lower()
            if isinstance(value, list):
                shown = "[" + ", ".join(f'"{one}"' for one in value) + "]"
            elif isinstance(value, str):
                shown = f'"{value}"'
            lines.append(f"{name} = {shown}")
    return "\n".join(lines) + "\n"


@dataclass
class Networks:
    """The networks of a test, and what people do with them."""

    mastodon: MastodonServer
    linkedin: LinkedInServer
    x: XServer

    def of(self, key: str) -> Contract:
        return getattr(self, key)


@contextmanager
def deployed(environment, folder, networks: Networks):
    file = folder / "network_apis.toml"
    linkedin, x = networks.linkedin.url, networks.x.url
    file.write_text(
        apis_at(
            {
                "linkedin": {
                    "authorize_url": f"{linkedin}/oauth/v2/authorization",
                    "token_url": f"{linkedin}/oauth/v2/accessToken",
                    "revoke_url": f"{linkedin}/oauth/v2/revoke",
                    "api_url": linkedin,
                },
                "x": {
                    "authorize_url": f"{x}/i/oauth2/authorize",
                    "token_url": f"{x}/2/oauth2/token",
                    "revoke_url": f"{x}/2/oauth2/revoke",
                    "api_url": x,
                },
            }
        ),
        encoding="utf-8",
    )
    before = preferences.deployment()
    inside = ", ".join(one.host for one in (networks.mastodon, networks.linkedin, networks.x))
    more = {"ADVOCACY_EGRESS_INSIDE": inside, "ADVOCACY_NETWORK_APIS": str(file)}
    try:
        preferences.init(Settings.from_env({**environment, **more}))
        yield
    finally:
        preferences.init(before)


@pytest.fixture
def networks(session, environment, tmp_path):
    """Give Mastodon, LinkedIn and X on the loopback, each switched on by an administrator."""
    found = Networks(MastodonServer(), LinkedInServer(), XServer())
    with running(found.mastodon, found.linkedin, found.x), deployed(environment, tmp_path, found):
        switch_on("mastodon", "linkedin", "x")
        yield found


def switch_on(*keys: str, **more: Any) -> None:
    account = make_account(None, Role.ADMINISTRATOR)
    ambient.flush()
    from advocacy.identity.service import actor_of

    for key in keys:
        change_access(
            actor_of(account),
            key,
            is_on=True,
            seen_version=0,
            knows_terms=True,
            reads_numbers=True,
            client_id="own-app" if key in {"linkedin", "x"} else None,
            client_secret="own-secret" if key in {"linkedin", "x"} else None,
            **more,
        )


def begin(actor, network: Contract, key: str, **more: Any) -> AccountAuthorization:
    """Press the button that connects, and let background work prepare it."""
    server = network.url if key == "mastodon" else None
    attempt = connecting.start_connection(actor, key, browser=BROWSER, server=server, **more)
    connecting.prepare_connection(attempt.id)
    return attempt


def connect(actor, network: Contract, key: str, *, subject: str = "42", **more: Any) -> NetworkAccount:
    """Connect an account from the first button to the last step."""
    attempt = begin(actor, network, key, **more)
    assert attempt.state is AuthorizationState.READY, attempt.problem
    back = network.sign_in(attempt.authorize_url, subject)
    connecting.come_back(actor, browser=BROWSER, error=None, issuer=None, **back)
    connecting.finish_connection(attempt.id)
    assert attempt.state is AuthorizationState.DONE, attempt.problem
    return account_of(actor, key)


def account_of(actor, key: str) -> NetworkAccount | None:
    return ambient.scalar(
        select(NetworkAccount)
        .where(NetworkAccount.employee_key == actor.employee_key, NetworkAccount.network == find_network(key).number)
        .execution_options(populate_existing=True)
    )


def press_button(actor, key: str, *, text: str = TEXT, item=None, **more: Any):
    live = item or make_live_item()
    return pressing.post_now(actor, press_key=uuid4(), item_id=live.id, network_key=key, text=text, **more)


def send(post):
    """Let background work send a post; return it as it stands then."""
    publishing.publish(post.id)
    ambient.flush()
    ambient.refresh(post)
    return post


@pytest.fixture
def advocate(session):
    return actor_for(make_advocate())


def networks_off(told: list[dict[str, Any]]) -> bool:
    """Return whether every network that was told of is off."""
    return len(told) == 4 and not any(one["is_on"] or one["has_secret"] for one in told)
