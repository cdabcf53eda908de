"""What is asked about one metric, and what comes back: points that say how sure and how old they are."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from advocacy.measurement.catalogue.metric import Dimension, NullReason
from advocacy.measurement.reading.periods import reading_days

State = Literal["provisional", "final", "restated"]
# A share of fewer, or with fewer on its side, is never shown without its interval.
LEAST_TRIALS, LEAST_SUCCESSES = 30, 10


@dataclass(frozen=True, slots=True)
class Asked:
    """A unit and everything below it, from `first` to `last`, in pieces of `by`; None asks for one number.

    `most_points` is how many days, weeks or months may be asked for, where it is not what an answer usually holds.
    """

    unit_key: int
    first: date
    last: date
    by: Dimension | None
    smallest_group: int
    most_points: int | None = None

    @property
    def days(self) -> list[date]:
        """Return the days at which the number is read. Raises Invalid where they are too many."""
        return reading_days(self.first, self.last, self.by, at_most=self.most_points)


@dataclass(frozen=True, slots=True)
class Piece:
    """Which piece a point is about: the unit itself unless another unit, a network or a cohort is named."""

    unit_id: UUID | None = None
    unit_name: str | None = None
    network: str | None = None
    cohort: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One value as of a day. Where `value` is None, `reason` says why; the parts of a ratio stand beside it.

    `n` is how many observations stand behind the value: for a ratio its denominator, for a count the count itself.
    `low` and `high` bound it at 95 % where the metric has an interval. `told_on` is the day the value is of where
    that is an earlier one than `on`: too few people came or went since. Of a small sample the interval says more than
    the value, and comes first. `behind` are the people who make up a column's value; it stays inside. All of it is
    protected already.
    """

    on: date
    value: int | Fraction | float | None
    reason: NullReason | None = None
    piece: Piece = Piece()
    numerator: int | None = None
    denominator: int | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    as_of: datetime | None = None
    state: State | None = None
    told_on: date | None = None
    is_small_sample: bool = False
    behind: int | None = None

    def without(self, reason: NullReason) -> "Point":
        """Return the same point with nothing in it but why."""
        return replace(
            self,
            value=None,
            reason=reason,
            numerator=None,
            denominator=None,
            n=None,
            low=None,
            high=None,
            told_on=None,
            is_small_sample=False,
            behind=None,
        )

    @property
    def rests_on_few(self) -> bool:
        """Return whether chance alone could have made a share look like this."""
        few_successes = self.numerator is not None and self.numerator < LEAST_SUCCESSES
        return self.value is not None and (few_successes or (self.n is not None and self.n < LEAST_TRIALS))


# Reads one metric; everything it returns went through `disclosure.protect`.
Reader = Callable[[Connection, Asked], list[Point]]
