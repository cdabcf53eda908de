"""How fast a chat is spoken to: so many calls a second in all, and one a second to the same place."""

import time
from collections.abc import Callable, Hashable

GAP_SECONDS = 0.25  # Slack takes several hundred messages a minute from one app
SAME_PLACE_SECONDS = 1.0


class Pace:
    """Says how long to wait before each call. One task speaks to a chat at a time, so it need not ask others."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._free_at = 0.0
        self._places: dict[Hashable, float] = {}

    def wait(self, place: Hashable) -> float:
        """Return the seconds to wait before speaking to a place, and count that it is spoken to then."""
        now = self._now()
        at = max(now, self._free_at, self._places.get(place, 0.0))
        self._free_at = at + GAP_SECONDS
        self._places = {each: free for each, free in self._places.items() if free > at}
        self._places[place] = at + SAME_PLACE_SECONDS
        return at - now
