"""How long people stay: the Kaplan-Meier curve, its band and its median. Arithmetic only, no database."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Lives:
    """People by the length of their lives in days, ascending, and by how these stand.

    `churned` came to an end. `left` ended for another reason, which says nothing about churn. `active` go on.
    """

    days: Sequence[int]
    churned: Sequence[int]
    left: Sequence[int]
    active: Sequence[int]

    @property
    def people(self) -> int:
        return sum(self.churned) + sum(self.left) + sum(self.active)


@dataclass(frozen=True, slots=True)
class Step:
    """The curve from a day on, until the next step. Shares are of all who began, between 0 and 1.

    `surviving` is the chance not to have churned by the day if nobody left; `low` and `high` bound it at 95 %.
    `has_churned` and `has_left` are the shares that really had by then, the two ends competing.
    """

    day: int
    at_risk: int
    churned: int
    left: int
    surviving: float
    low: float
    high: float
    has_churned: float
    has_left: float


@dataclass(frozen=True, slots=True)
class Median:
    """The day by which half had churned; None where the curve, or its bound, has not come that far."""

    day: int | None
    low: int | None
    high: int | None


def kaplan_meier(lives: Lives) -> tuple[Step, ...]:
    """Return one step for each day on which somebody churned or left.

    Who churned on a day is counted before who left or goes on with it. The band is Greenwood's on the scale of
    log(-log), which stays between 0 and 1.
    """
    at_risk, surviving, greenwood = lives.people, 1.0, 0.0
    both, has_churned, has_left = 1.0, 0.0, 0.0
    steps = []
    for day, churned, left, active in zip(lives.days, lives.churned, lives.left, lives.active, strict=True):
        if churned or left:
            has_churned += both * churned / at_risk
            has_left += both * left / at_risk
            both *= 1 - (churned + left) / at_risk
            surviving *= 1 - churned / at_risk
            greenwood += churned / (at_risk * (at_risk - churned)) if churned < at_risk else math.inf
            low, high = _band(surviving, greenwood)
            steps.append(Step(day, at_risk, churned, left, surviving, low, high, has_churned, has_left))
        at_risk -= churned + left + active
    return tuple(steps)


def median(steps: Sequence[Step]) -> Median:
    """Return the first day on which the curve, and on which each bound, is at one half or below."""

    def first(name: str) -> int | None:
        return next((step.day for step in steps if getattr(step, name) <= 0.5), None)

    return Median(first("surviving"), first("low"), first("high"))


def grouped(lives: Lives, smallest_group: int) -> Lives:
    """Return the lives with ends put off to later days, so that on each day a smallest group churned, or nobody.

    The same for who left. What is left over in the end is put on the last such day; where there is none, nobody's end
    is told, and they count as going on. So no step of the curve tells about fewer people than may be told about.
    """
    churned, churned_over = _put_off(lives.churned, smallest_group)
    left, left_over = _put_off(lives.left, smallest_group)
    active = list(lives.active)
    if lives.days:
        active[-1] += churned_over + left_over
    return Lives(lives.days, churned, left, active)


def _put_off(ends: Sequence[int], smallest_group: int) -> tuple[list[int], int]:
    found, waiting, last = [0] * len(ends), 0, None
    for position, people in enumerate(ends):
        waiting += people
        if waiting >= smallest_group:
            found[position], waiting, last = waiting, 0, position
    if waiting and last is not None:
        found[last], waiting = found[last] + waiting, 0
    return found, waiting


def _band(surviving: float, greenwood: float) -> tuple[float, float]:
    if surviving <= 0.0 or surviving >= 1.0 or math.isinf(greenwood):
        return (surviving, surviving) if surviving >= 1.0 else (0.0, 0.0 if surviving <= 0.0 else 1.0)
    spread = Z95 * math.sqrt(greenwood) / abs(math.log(surviving))
    return float(surviving ** math.exp(spread)), float(surviving ** math.exp(-spread))
