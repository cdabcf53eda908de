"""Reading content: the studio of its makers, and each person's feed."""

from advocacy.content.queries.feed import FeedEntry, feed_for, get_live_item, pick_for
from advocacy.content.queries.reasons import Reason
from advocacy.content.queries.studio import (
    BoardRow,
    board,
    captions_for,
    captions_of,
    current_version,
    find_media,
    get_item,
    get_version,
    image_url,
    is_approved,
    is_live_at,
    items_awaiting_review,
    reviews_of,
    text_of,
    texts_in,
    texts_of,
    versions_of,
)

__all__ = [
    "BoardRow",
    "FeedEntry",
    "Reason",
    "board",
    "captions_for",
    "captions_of",
    "current_version",
    "feed_for",
    "find_media",
    "get_item",
    "get_live_item",
    "get_version",
    "image_url",
    "is_approved",
    "is_live_at",
    "items_awaiting_review",
    "pick_for",
    "reviews_of",
    "text_of",
    "texts_in",
    "texts_of",
    "versions_of",
]
