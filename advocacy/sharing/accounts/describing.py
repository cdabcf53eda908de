"""Posts and switches as programs are told of them."""

from typing import Any

from advocacy.sharing.account_models import NetworkPost
from advocacy.sharing.accounts.access import access_of, known_network
from advocacy.sharing.accounts.pressing import sentence, share_id_of
from advocacy.sharing.accounts.providers import known_apis
from config.networks import network_of


def described(post: NetworkPost) -> dict[str, Any]:
    """Return a press for a share, and in one sentence why it did not go out where it did not."""
    network = network_of(post.network)
    return {
        "share_id": share_id_of(post),
        "network": network.key,
        "state": post.state,
        "press": post.press,
        "pressed_at": post.pressed_at,
        "ended_at": post.ended_at,
        "next_try_at": post.next_try_at if post.ended_at is None else None,
        "problem": post.problem,
        "detail": sentence(post.problem, network) if post.problem else None,
    }


def accesses() -> list[dict[str, Any]]:
    """Return every network whose interface we speak, as `access` does."""
    return [access(key) for key in known_apis()]


def access(network_key: str) -> dict[str, Any]:
    """Return a network's interface and what was decided about it. Raises NotFound. A secret is never told."""
    network = known_network(network_key)
    api, row = known_apis()[network.key], access_of(network)
    return {
        "network": network.key,
        "is_on": row.is_on if row is not None else False,
        "reads_numbers": row.reads_numbers if row is not None else False,
        "client_id": row.client_id if row is not None else None,
        "has_secret": row is not None and row.sealed_secret is not None,
        "most_posts_a_month": row.most_posts_a_month if row is not None else None,
        "needs_app": api.needs_app,
        "gives_impressions": api.gives_impressions,
        "needs_approval": api.needs_approval,
        "post_usd": str(api.post_usd),
        "post_with_link_usd": str(api.post_with_link_usd),
        "read_usd": str(api.read_usd),
        "terms_url": api.terms_url,
        "source": api.source,
        "checked_on": api.checked_on,
        "version": row.version if row is not None else 0,
    }
