"""How network sizes are spread over people: what a mean hides.

Each kind tells the same few things: the mean, the median, how uneven it is, and the Lorenz curve, which says what part
of all connections the least connected share of people holds. Everything else follows from that curve.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from statistics import NormalDist
from typing import Protocol

from advocacy.measurement.scenario.exact import ScenarioError

_NORMAL = NormalDist()
MOST_CLASSES = 50
STEPS = 200


class Networks(Protocol):
    """A distribution of network sizes over people."""

    @property
    def mean(self) -> Fraction: ...

    @property
    def median(self) -> float: ...

    @property
    def gini(self) -> float: ...

    @property
    def variation(self) -> float:
        """Return the standard deviation divided by the mean; infinite where there is none."""
        ...

    def lorenz(self, share: float) -> float:
        """Return the part of all connections that the least connected `share` of people holds, both from 0 to 1."""
        ...


def top_share(networks: Networks, share: float) -> float:
    """Return the part of all connections that the best connected `share` of people holds."""
    return 1.0 - networks.lorenz(1.0 - share)


@dataclass(frozen=True, slots=True)
class Constant:
    """Everybody has the same."""

    mean: Fraction

    @property
    def median(self) -> float:
        return float(self.mean)

    @property
    def gini(self) -> float:
        return 0.0

    @property
    def variation(self) -> float:
        return 0.0

    def lorenz(self, share: float) -> float:
        return share


@dataclass(frozen=True, slots=True)
class Histogram:
    """Classes of people with the same size: `(size, share of people)`, shares adding up to exactly 1."""

    classes: tuple[tuple[Fraction, Fraction], ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.classes) <= MOST_CLASSES:
            raise ScenarioError("histogram", f"needs 1 to {MOST_CLASSES} classes such as 150:0.6.")
        if any(size < 0 or share < 0 for size, share in self.classes):
            raise ScenarioError("histogram", "must not have negative sizes or shares.")
        if sum(share for _size, share in self.classes) != 1:
            raise ScenarioError("histogram", "needs shares that add up to exactly 1.")
        if self.mean == 0:
            raise ScenarioError("histogram", "needs somebody with connections.")

    @property
    def mean(self) -> Fraction:
        return sum((size * share for size, share in self.classes), Fraction(0))

    @property
    def median(self) -> float:
        reached = Fraction(0)
        for size, share in self._sorted:
            reached += share
            if reached >= Fraction(1, 2):
                return float(size)
        raise AssertionError("the shares add up to 1")

    @property
    def gini(self) -> float:
        people, held, area = Fraction(0), Fraction(0), Fraction(0)
        for size, share in self._sorted:
            gained = size * share / self.mean
            area += share * (2 * held + gained)
            people, held = people + share, held + gained
        return float(1 - area)

    @property
    def variation(self) -> float:
        squares = sum((size * size * share for size, share in self.classes), Fraction(0))
        return math.sqrt(squares - self.mean**2) / float(self.mean)

    def lorenz(self, share: float) -> float:
        ends = [float(end) for end in accumulate(part for _size, part in self._sorted)]
        held = [float(part) for part in accumulate(size * part / self.mean for size, part in self._sorted)]
        place = min(bisect_right(ends, share), len(ends) - 1)
        before, below = (ends[place - 1], held[place - 1]) if place else (0.0, 0.0)
        width = ends[place] - before
        return below if width <= 0 else min(1.0, below + (held[place] - below) * (share - before) / width)

    @property
    def _sorted(self) -> list[tuple[Fraction, Fraction]]:
        return sorted(self.classes)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Sizes whose logarithm is normal with spread `sigma`: many small networks, a few large ones."""

    mean: Fraction
    sigma: float

    def __post_init__(self) -> None:
        if not 0 < self.sigma <= 4:
            raise ScenarioError("sigma", "must be above 0 and at most 4.")

    @property
    def median(self) -> float:
        return float(self.mean) * math.exp(-(self.sigma**2) / 2)

    @property
    def gini(self) -> float:
        return math.erf(self.sigma / 2)

    @property
    def variation(self) -> float:
        return math.sqrt(math.expm1(self.sigma**2))

    def lorenz(self, share: float) -> float:
        if share <= 0 or share >= 1:
            return float(share >= 1)
        return _NORMAL.cdf(_NORMAL.inv_cdf(share) - self.sigma)


@dataclass(frozen=True, slots=True)
class Pareto:
    """Sizes with a heavy tail: the part above x falls as x to the power of minus `alpha`, which is above 1."""

    mean: Fraction
    alpha: float

    def __post_init__(self) -> None:
        if not 1 < self.alpha <= 100:
            raise ScenarioError("alpha", "must be above 1 (else there is no mean) and at most 100.")

    @property
    def smallest(self) -> float:
        return float(self.mean) * (self.alpha - 1) / self.alpha

    @property
    def median(self) -> float:
        return float(self.smallest * 2 ** (1 / self.alpha))

    @property
    def gini(self) -> float:
        return 1 / (2 * self.alpha - 1)

    @property
    def variation(self) -> float:
        return math.inf if self.alpha <= 2 else 1 / math.sqrt(self.alpha * (self.alpha - 2))

    def lorenz(self, share: float) -> float:
        return float(1 - (1 - min(max(share, 0.0), 1.0)) ** (1 - 1 / self.alpha))


def share_that_holds(part: float, held: Callable[[float], float]) -> float | None:
    """Return the smallest share of people at which a rising curve reaches `part`; None where it never does."""
    if held(1.0) < part * (1 - 1e-12):
        return None
    low, high = 0.0, 1.0
    for _step in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if held(middle) < part else (low, middle)
    return high
