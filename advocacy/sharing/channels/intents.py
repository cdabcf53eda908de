"""Share intents: the address of a network's own dialog, filled in. The data is in `config/networks.toml`."""

from urllib.parse import quote

from flask_babel import gettext as _

from advocacy.foundation.errors import Invalid
from advocacy.foundation.web_addresses import host_matches, normal_host, read_address
from advocacy.sharing.channels.lengths import LINK_SEPARATOR
from config.networks import Network

# Where the posts of a network live. Networks that are missing have no public posts, or any host at all.
POST_HOSTS: dict[str, tuple[str, ...]] = {
    "linkedin": ("linkedin.com",),
    "x": ("x.com", "twitter.com"),
    "facebook": ("facebook.com", "fb.com"),
    "threads": ("threads.com", "threads.net"),
    "bluesky": ("bsky.app",),
    "telegram": ("t.me", "telegram.me"),
    "reddit": ("reddit.com", "redd.it"),
    "xing": ("xing.com",),
}


def normal_server(server: str | None, network: Network) -> str | None:
    """Return the person's own server of a network as a host name, or None where there is none.

    Raises Invalid when it is missing or no host name. We never call it ourselves: only the browser goes there.
    """
    if not network.asks_for_server:
        return None
    try:
        return normal_host((server or "").strip().removeprefix("https://").rstrip("/"))
    except ValueError as error:
        raise Invalid.field(
            "server", _("Name your %(network)s server, such as mastodon.example.", network=network.name), code="missing"
        ) from error


def intent_url(
    network: Network, *, text: str, link: str | None, title: str = "", server: str | None = None
) -> str | None:
    """Return the address that opens the network's dialog, or None when it has none for what is to be shared."""
    if not network.intent or (link is None and not network.prefills):
        return None
    is_mail = network.intent.startswith("mailto:")
    values = {
        "url": link or "",
        "text": text,
        "title": title,
        "text_and_url": LINK_SEPARATOR.join(filter(None, (text, link))),
    }
    filled = {name: _encode(_lines(value, is_mail=is_mail)) for name, value in values.items()}
    # The server was checked to be a bare host name; everything else cannot leave its own parameter.
    address = network.intent.format(**filled, server=server or "")
    return _without_empty_parameters(address)


def _encode(value: str) -> str:
    """Percent-encode everything but unreserved characters: a space is %20 everywhere, also in mailto."""
    return quote(value, safe="")


def _lines(value: str, *, is_mail: bool) -> str:
    normal = value.replace("\r\n", "\n").replace("\r", "\n")
    return normal.replace("\n", "\r\n") if is_mail else normal


def _without_empty_parameters(address: str) -> str:
    base, mark, query = address.partition("?")
    kept = "&".join(pair for pair in query.split("&") if not pair.endswith("="))
    return f"{base}{mark}{kept}"


def checked_post_url(network: Network, url: str) -> str:
    """Return the address of somebody's post in one spelling. Raises Invalid when it is not on the network's host."""
    try:
        address = read_address(url.strip())
    except ValueError as error:
        raise Invalid.field("post_url", str(error)) from error
    hosts = POST_HOSTS.get(network.key, ())
    if hosts and not any(host_matches(address.host, host, True) for host in hosts):
        raise Invalid.field(
            "post_url",
            _("This is not an address of a post on %(network)s.", network=network.name),
            code="other_network",
        )
    return address.url
