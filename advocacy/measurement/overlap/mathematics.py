"""The arithmetic of overlapping networks: bounds that hold whatever the overlap, and what chance would make of it.

Pure functions. People are counted as numbers; `None` stands for what cannot be known from what was given.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

# Sizes of networks with how many people have one of that size.
Sizes = Mapping[int, int]

SIGNIFICANT_DIGITS = 2
MOST_ADDRESSABLE = 1e11  # more than there are people: beyond it the overlap seen is nothing but noise
PRECISION = 1e-12
MOST_STEPS = 300


@dataclass(frozen=True, slots=True)
class Range:
    """A number of people with the bounds it lies between."""

    value: float
    low: float
    high: float

    def within(self, low: float, high: float) -> "Range":
        """Return the range where other knowledge says that it lies between `low` and `high`."""
        return Range(*(min(max(number, low), high) for number in (self.value, self.low, self.high)))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is certain where the number itself cannot be known."""

    low: float
    high: float


def gross(sizes: Sizes) -> int:
    """Return the sum of all networks: whoever is in two of them counts twice."""
    return sum(size * people for size, people in sizes.items())


def dedup_ratio(unique: int, whole: int) -> Fraction | None:
    """Return unique / gross of the same people, exactly. None where nothing was counted."""
    return Fraction(unique, whole) if whole > 0 else None


def net_of_brand(unique: float, brand: float, addressable: float | None = None) -> Bounds:
    """Return the bounds of Fréchet on how many of `unique` people do not follow the brand.

    At worst all followers are among them, at best none. In a world of `addressable` people those who are not
    followers are few enough to be a bound as well.
    """
    high = unique if addressable is None else min(unique, max(0.0, addressable - brand))
    return Bounds(max(0.0, unique - brand), high)


def net_if_independent(unique: float, brand: float, addressable: float) -> float:
    """Return how many do not follow the brand if following it has nothing to do with knowing an employee."""
    return unique * (1 - brand / addressable)


def expected_unique(sizes: Sizes, addressable: float) -> float:
    """Return the expected union of random networks in a world of `addressable` people: N (1 - prod (1 - d / N))."""
    if not sizes or addressable <= 0:
        return 0.0
    degrees, people = _arrays(sizes)
    if float(degrees.max()) >= addressable:
        return float(addressable)
    return float(-addressable * np.expm1(np.dot(people, np.log1p(-degrees / addressable))))


def addressable_people(sizes: Sizes, unique: float) -> float | None:
    """Return the size N of a world in which random networks of these sizes overlap to `unique` people.

    None when no world explains it: without any overlap seen N has no upper end.
    """
    whole, largest = gross(sizes), max(sizes, default=0)
    if unique <= 0 or largest <= 0 or unique < largest:
        return None
    low, high = float(max(largest, unique)), MOST_ADDRESSABLE
    if unique >= whole * (1 - PRECISION) or expected_unique(sizes, high) <= unique:
        return None
    for _step in range(MOST_STEPS):
        middle = math.sqrt(low * high)
        if expected_unique(sizes, middle) < unique:
            low = middle
        else:
            high = middle
        if high - low <= PRECISION * high:
            break
    return (low + high) / 2


def extrapolated_unique(counted: Sizes, unique: float, everyone: Sizes) -> Range:
    """Return the unique reach of everyone, from the overlap seen among those whose networks were counted.

    The bounds hold whatever the overlap: everyone reaches at least whom the counted ones reach, or the largest
    network, and at most the sum of all networks. The value between them assumes that overlap is chance.
    """
    whole, largest = gross(everyone), max(everyone, default=0)
    low = min(float(whole), max(float(unique), float(largest)))
    addressable = addressable_people(counted, unique)
    value = float(whole) if addressable is None else expected_unique(everyone, addressable)
    return Range(value, low, float(whole)).within(low, float(whole))


def rounded(number: float) -> int:
    """Return a number of people at two significant digits, halves up: what is published is no finer."""
    return math.floor(Fraction(number) / _step(number) + Fraction(1, 2)) * _step(number)


def rounded_down(number: float) -> int:
    """Return a lower bound no finer than what is published, and still a bound."""
    return math.floor(Fraction(number) / _step(number)) * _step(number)


def rounded_up(number: float) -> int:
    """Return an upper bound no finer than what is published, and still a bound."""
    return math.ceil(Fraction(number) / _step(number)) * _step(number)


def _step(number: float) -> int:
    digits = len(str(math.floor(number)))
    return int(10 ** max(0, digits - SIGNIFICANT_DIGITS))


def _arrays(sizes: Sizes) -> tuple[np.ndarray, np.ndarray]:
    return np.fromiter(sizes.keys(), float, len(sizes)), np.fromiter(sizes.values(), float, len(sizes))
