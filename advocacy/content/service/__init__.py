"""Making content: drafted, reviewed by somebody else, published in exactly the version that was approved, withdrawn.

The state says how the version stands that is being worked on; `live_version_id` says what people see. They
part when a live item is edited: people go on seeing the approved version until the next one is approved.
"""

from advocacy.content.service.lifecycle import (
    LONGEST_REASON,
    advance_items,
    decide,
    expire_item,
    submit_item,
    withdraw_item,
)
from advocacy.content.service.writing import BOUND, change_item, draft_item

__all__ = [
    "BOUND",
    "LONGEST_REASON",
    "advance_items",
    "change_item",
    "decide",
    "draft_item",
    "expire_item",
    "submit_item",
    "withdraw_item",
]
