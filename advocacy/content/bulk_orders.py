"""What may be done to many items at once, and what each act needs."""

import enum
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

MOST_AT_ONCE = 200


class BulkAction(enum.StrEnum):
    SUBMIT = "submit"
    SCHEDULE = "schedule"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class BulkOrder:
    """What to do, with what it needs: an instant to schedule, a reason to withdraw, a campaign or none to assign."""

    action: BulkAction
    live_from: datetime | None = None
    reason: str = ""
    stops_links: bool = False
    campaign_id: UUID | None = None
