"""What happens when only some join: simulated where chance decides who, exact where it does not.

A company is laid out by its distribution: people in the order of their networks, the best connected one by one, the
others in groups whose sizes follow the Lorenz curve. So every company of one total has that total, and who joins by
chance is drawn without putting anybody back, from the groups at once: 20,000 draws of 350,000 people take no second.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from advocacy.measurement.scenario.networks import Networks

DRAWS = 20_000
ALONE = 40
GROWTH = 1.5
QUANTILES = (0.05, 0.5, 0.95)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Company:
    """People in groups, best connected first: how many there are in each, and the mean size of their networks."""

    people: NDArray[np.int64]
    sizes: Floats

    @property
    def total(self) -> float:
        return float(self.people @ self.sizes)


def lay_out(networks: Networks, people: int, cut: int = 0) -> Company:
    """Return a company of so many people whose networks are spread like this and add up to people times the mean.

    No group reaches over `cut`, so that the best connected `cut` people can be told from the others exactly.
    """
    if networks.gini == 0:
        return Company(np.array([people], dtype=np.int64), np.array([float(networks.mean)]))
    ends, end, width = [0], 0, 1.0
    while end < people:
        if end >= ALONE:
            width *= GROWTH
        after = min(people, end + max(1, math.floor(width)))
        end = cut if end < cut < after else after
        ends.append(end)
    held = np.array([1.0 - networks.lorenz(1.0 - end / people) for end in ends])
    held[0], held[-1] = 0.0, 1.0
    counts = np.array([end - before for before, end in pairwise(ends)], dtype=np.int64)
    return Company(counts, (held[1:] - held[:-1]) * float(networks.mean) * people / counts)


def draw_joiners(company: Company, joiners: int, seed: int) -> NDArray[np.int64]:
    """Return how many of each group join in each draw: one row a draw, chance deciding, the same for the same seed."""
    chance = np.random.default_rng(seed)
    return chance.multivariate_hypergeometric(company.people, joiners, size=DRAWS, method="marginals")


def joiners_by_rank(company: Company, joiners: int, *, best_first: bool) -> NDArray[np.int64]:
    """Return how many of each group join when the best, or the least, connected come first: one row."""
    counts = company.people if best_first else company.people[::-1]
    before = np.concatenate(([0], np.cumsum(counts)[:-1]))
    taken = np.clip(joiners - before, 0, counts)
    return np.asarray((taken if best_first else taken[::-1])[np.newaxis, :], dtype=np.int64)


def gross_of(company: Company, joined: NDArray[np.int64]) -> Floats:
    """Return the sum of the joiners' networks, one for each draw."""
    return np.asarray(joined @ company.sizes, dtype=np.float64)


def unique_of(company: Company, joined: NDArray[np.int64], addressable: float) -> Floats:
    """Return how many different people they reach if networks were drawn at random from `addressable` people."""
    misses = np.log1p(-np.minimum(company.sizes / addressable, 1 - 1e-15))
    return np.asarray(-addressable * np.expm1(joined @ misses), dtype=np.float64)


def quantiles(values: Floats) -> dict[str, float]:
    """Return what 5, 50 and 95 of 100 draws stay below; three times the same where nothing is left to chance."""
    low, middle, high = (float(value) for value in np.quantile(values, QUANTILES))
    return {"low": low, "middle": middle, "high": high}
