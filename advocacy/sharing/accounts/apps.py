"""Who we are to a network: an application an administrator registered, or one we register with a server ourselves."""

import hashlib

from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import clock, encryption, preferences
from advocacy.foundation.db import own_transaction, session
from advocacy.sharing.account_models import ServerApp
from advocacy.sharing.accounts.access import SEALED_FOR, access_of
from advocacy.sharing.accounts.calling import CallFailed, Trouble
from advocacy.sharing.accounts.providers import App, Mastodon, known_apis, provider_of
from advocacy.sharing.accounts.providers.bluesky import client_id
from config.networks import Network

APP_SEALED_FOR = "server_app"
CALLBACK_PATH = "/my-data/accounts/callback"
SERVER_NAME_CHARACTERS = 32


def callback_path(network: Network, server: str = "") -> str:
    """Return where one network, or one server of Mastodon, sends people back to: nobody else is given that address.

    So an answer tells by where it arrives whose it is, and the code of one is never shown to another (RFC 9700, 4.4).
    """
    own = f"{CALLBACK_PATH}/{network.key}"
    if network.key != "mastodon" or not server:
        return own
    return f"{own}/{hashlib.sha256(server.encode()).hexdigest()[:SERVER_NAME_CHARACTERS]}"


def redirect_uri(network: Network, server: str = "") -> str:
    """Return the whole address of `callback_path`. It is registered with the network, letter by letter."""
    return preferences.deployment().portal_url + callback_path(network, server)


def app_of(network: Network, server: str) -> App:
    """Return who we are to a network, or to one of its servers. Raises CallFailed where we are nobody."""
    if network.key == "bluesky":
        return App(client_id(known_apis()[network.key].scopes, redirect_uri(network)))
    if network.key == "mastodon":
        known = session.get(ServerApp, (network.number, server))
        if known is None:
            raise CallFailed(Trouble.NOT_ALLOWED)
        return App(known.client_id, _secret_of(known))
    access = access_of(network)
    if access is None or access.client_id is None or access.sealed_secret is None:
        raise CallFailed(Trouble.NOT_ALLOWED)
    return App(access.client_id, encryption.decrypt(access.sealed_secret, purpose=SEALED_FOR, owner=network.key))


def app_for_start(network: Network, server: str, scopes: tuple[str, ...]) -> tuple[App, tuple[str, ...]]:
    """Return who we are for a new connection, and the scopes to ask for.

    A server we do not know yet, or know under another address of ours, is asked to register us: once, for everybody. So
    is one whose secret no key opens any more.
    """
    provider = provider_of(network)
    if not isinstance(provider, Mastodon):
        return app_of(network, server), scopes
    known, own = session.get(ServerApp, (network.number, server)), redirect_uri(network, server)
    if known is not None and known.redirect_uri == own and not encryption.is_keyless(known.sealed_secret):
        return App(known.client_id, _secret_of(known)), tuple(known.scopes)
    settings = preferences.deployment()
    app, known_scopes = provider.register(
        server,
        name=settings.organisation_name,
        website=settings.portal_url,
        redirect_uri=own,
        scopes=scopes,
    )
    values = {
        "redirect_uri": own,
        "scopes": list(known_scopes),
        "client_id": app.client_id,
        "sealed_secret": encryption.encrypt(app.client_secret or "", purpose=APP_SEALED_FOR, owner=server),
        "registered_at": clock.now(),
    }
    with own_transaction() as store:  # kept although this attempt may fail: servers count registrations
        store.execute(
            insert(ServerApp)
            .values(network=network.number, server=server, **values)
            .on_conflict_do_update(index_elements=[ServerApp.network, ServerApp.server], set_=values)
        )
    return app, known_scopes


def _secret_of(known: ServerApp) -> str:
    return encryption.decrypt(known.sealed_secret, purpose=APP_SEALED_FOR, owner=known.server)
