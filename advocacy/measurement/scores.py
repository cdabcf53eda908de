"""The weekly score, whatever the size of a network: the formula, and one's own weeks for oneself alone.

What a score is made of is said on screen, and nothing of a person's score is kept: it is counted when that person asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import log2
from typing import Any

from sqlalchemy import Connection, Row, text

from advocacy.activity.kinds import ClickClass, Kind
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.measurement.queries import today
from advocacy.measurement.rollups import last_of_week

MOST_SHARES = 5  # more in a week add nothing
CONVERSATION_WEIGHT = 3
MOST_TIMES = 2.0  # so often the usual rate counts, and no more
MOST_LESSONS = MOST_SUGGESTIONS = 2
WEEKS = 12
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Prior:
    """What part of the people a share could reach usually opens it: a beta distribution of all who share."""

    alpha: float
    beta: float

    def times_usual(self, clicks: int, reached: int) -> float:
        """Return how often the usual rate that is, drawn towards it where few could be reached; at most twice."""
        rate = (clicks + self.alpha) / (reached + self.alpha + self.beta)
        return min(MOST_TIMES, rate * (self.alpha + self.beta) / self.alpha)


@dataclass(frozen=True, slots=True)
class Week:
    """One person's week. `reached` sums the networks of known size that shares went to; `clicks` came from those.

    `prior` is the one of the thirteen weeks before; without one everybody's rate counts as usual.
    """

    last_on: date
    shares: int = 0
    conversations: int = 0
    reached: int = 0
    clicks: int = 0
    lessons: int = 0
    suggestions: int = 0
    prior: Prior | None = None

    @property
    def first_on(self) -> date:
        return self.last_on - timedelta(days=6)

    @property
    def has_rate(self) -> bool:
        """Whether it is known how many were reached and what is usual; if not, the week counts as a usual one."""
        return self.prior is not None and self.reached > 0

    @property
    def times_usual(self) -> float:
        return self.prior.times_usual(self.clicks, self.reached) if self.prior is not None else 1.0

    @property
    def for_shares(self) -> float:
        return log2(1 + min(self.shares, MOST_SHARES)) * self.times_usual

    @property
    def for_conversations(self) -> float:
        return CONVERSATION_WEIGHT * log2(1 + self.conversations)

    @property
    def for_lessons(self) -> int:
        return min(MOST_LESSONS, self.lessons)

    @property
    def for_suggestions(self) -> int:
        return min(MOST_SUGGESTIONS, self.suggestions)

    @property
    def score(self) -> float:
        """Return the points of the week."""
        return self.for_shares + self.for_conversations + self.for_lessons + self.for_suggestions


@dataclass(frozen=True, slots=True)
class OwnWeeks:
    """One's own weeks, the running one first. `best` is the best of those that are over; None without any points."""

    weeks: tuple[Week, ...]
    as_of: datetime | None

    @property
    def running(self) -> Week:
        return self.weeks[0]

    @property
    def best(self) -> Week | None:
        return max((week for week in self.weeks[1:] if week.score > 0), key=lambda week: week.score, default=None)


def own_weeks(connection: Connection, *, visible_to: Actor) -> OwnWeeks:
    """Return the actor's running week and the twelve before. Raises NotPermitted without an employee."""
    person, ends = require_self(visible_to), last_of_week(today())
    sundays = [ends - _WEEK * back for back in range(WEEKS + 1)]
    first = sundays[-1] - timedelta(days=6)
    days = [first + timedelta(days=ahead) for ahead in range((ends - first).days + 1)]
    # Named one by one, days are found by the key of the table: day first, then the person.
    where = {
        "person": person,
        "days": days,
        "first": clock.day_bounds(first, preferences.zone())[0],
        "zone": preferences.zone().key,
        "clicked": int(Kind.LINK_CLICKED),
        "human": int(ClickClass.HUMAN),
        "talked": int(Kind.CONVERSATION_LOGGED),
    }
    shares = _by_week(connection, _SHARES, where)
    clicks = _by_week(connection, _CLICKS, where)
    talks = _by_week(connection, _CONVERSATIONS, where)
    lessons = _by_week(connection, _LESSONS, where)
    suggestions = _by_week(connection, _SUGGESTIONS, where)
    sizes = connection.execute(text(_SIZES), where).all()
    priors = {
        row.day: Prior(row.alpha, row.beta)
        for row in connection.execute(text(_PRIORS), {"days": [sunday - _WEEK for sunday in sundays]})
    }
    weeks = []
    for sunday in sundays:
        shared, known = shares.get(sunday, {}), _sizes_on(sizes, sunday)
        weeks.append(
            Week(
                sunday,
                shares=sum(shared.values()),
                conversations=sum(talks.get(sunday, {}).values()),
                reached=sum(count * known.get(network, 0) for network, count in shared.items()),
                clicks=sum(
                    count for network, count in clicks.get(sunday, {}).items() if network in shared and network in known
                ),
                lessons=sum(lessons.get(sunday, {}).values()),
                suggestions=sum(suggestions.get(sunday, {}).values()),
                prior=priors.get(sunday - _WEEK),
            )
        )
    return OwnWeeks(tuple(weeks), connection.execute(text(_AS_OF), where).scalar())


def _by_week(connection: Connection, statement: str, where: dict[str, Any]) -> dict[date, dict[int, int]]:
    """Return counts by week and network; what has no network stands under 0."""
    found: dict[date, dict[int, int]] = {}
    for row in connection.execute(text(statement), where):
        of_week = found.setdefault(last_of_week(row.day), {})
        of_week[row.network] = of_week.get(row.network, 0) + int(row.counted)
    return found


def _sizes_on(rows: Sequence[Row[Any]], day: date) -> dict[int, int]:
    """Return the exact sizes of networks as told last on or before a day; what is only a floor is none."""
    latest = {row.network: row for row in rows if row.observed_on <= day}
    return {
        network: row.audience_size
        for network, row in latest.items()
        if row.audience_size is not None and row.audience_size > 0 and not row.is_floor
    }


_SHARES = """
SELECT day, network, sum(published) AS counted FROM daily_shares_by_person
WHERE employee_key = :person AND day = ANY (:days) AND published > 0 GROUP BY day, network
"""
_CLICKS = """
SELECT day, network, sum(events) AS counted FROM daily_activity_by_person
WHERE day = ANY (:days) AND employee_key = :person AND kind = :clicked AND detail = :human GROUP BY day, network
"""
_CONVERSATIONS = """
SELECT day, 0 AS network, sum(events) AS counted FROM daily_activity_by_person
WHERE day = ANY (:days) AND employee_key = :person AND kind = :talked GROUP BY day
"""
_LESSONS = """
SELECT CAST(COALESCE(first_passed_at, passed_at) AT TIME ZONE :zone AS date) AS day, 0 AS network, count(*) AS counted
FROM lesson_pass WHERE employee_key = :person AND COALESCE(first_passed_at, passed_at) >= :first GROUP BY 1
"""
_SUGGESTIONS = """
SELECT CAST(entry.decided_at AT TIME ZONE :zone AS date) AS day, 0 AS network, count(*) AS counted FROM suggestion
JOIN source_entry AS entry ON entry.key = suggestion.entry_key
WHERE suggestion.employee_key = :person AND entry.state = 'accepted' AND entry.decided_at >= :first
  AND suggestion.created_at <= entry.decided_at -- what was taken up already was nobody's idea any more
GROUP BY 1
"""
_SIZES = """
SELECT profile.network, profile.audience_size, profile.is_floor, profile.observed_on FROM network_profile AS profile
JOIN consent ON consent.employee_key = profile.employee_key AND consent.purpose = 'network_size'
WHERE profile.employee_key = :person ORDER BY profile.observed_on
"""
_PRIORS = "SELECT day, alpha, beta FROM weekly_rate_prior WHERE day = ANY (:days) AND alpha IS NOT NULL"
# The newest day that was counted, as old as the older of its two roll-ups.
_AS_OF = """
SELECT min(filled_at) FROM rollup_fill WHERE rollup IN ('daily_activity_by_person', 'daily_shares_by_person')
GROUP BY day HAVING count(filled_at) = 2 AND day = ANY (:days) ORDER BY day DESC LIMIT 1
"""
