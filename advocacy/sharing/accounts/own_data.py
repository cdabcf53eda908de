"""What is kept about somebody's connected accounts, for that person to take away."""

from typing import Any

from sqlalchemy import select

from advocacy.foundation.db import session
from advocacy.sharing.account_models import NetworkAccount, NetworkPost
from advocacy.sharing.models import Share
from config.networks import network_of


def own_data(employee_key: int) -> dict[str, list[dict[str, Any]]]:
    """Return accounts and posts as plain JSON values. Tokens are no data about anybody, and stay where they are."""
    accounts = session.scalars(
        select(NetworkAccount).where(NetworkAccount.employee_key == employee_key).order_by(NetworkAccount.connected_at)
    )
    posts = session.execute(
        select(NetworkPost, Share.id)
        .join(Share, Share.key == NetworkPost.share_key)
        .where(Share.employee_key == employee_key)
        .order_by(NetworkPost.pressed_at)
    )
    return {
        "connected_accounts": [
            {
                "network": network_of(account.network).key,
                "server": account.server or None,
                "account": account.subject,
                "handle": account.handle,
                "scopes": account.scopes,
                "reads_numbers": account.reads_numbers,
                "reads_followers": account.reads_followers,
                "state": account.state.value,
                "connected_at": account.connected_at,
                "ends_at": account.ends_at,
                "used_at": account.used_at,
            }
            for account in accounts
        ],
        "posts": [
            {
                "share": str(share_id),
                "network": network_of(post.network).key,
                "press": post.press.value,
                "pressed_at": post.pressed_at,
                "state": post.state.value,
                "ended_at": post.ended_at,
                "problem": post.problem,
                "post": post.remote_id,
            }
            for post, share_id in posts.all()
        ],
    }
