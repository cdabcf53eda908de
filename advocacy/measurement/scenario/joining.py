"""What happens when only some join: simulated where chance decides who, exact where it does not.

A company is laid out by its distribution: people in the order of their networks, the best connected one by one, the
others in groups whose sizes follow the Lorenz curve. So every company of one total has that total. Who joins by chance
is drawn without putting anybody back, all draws at once: first each of the best connected, then how many of each group.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from advocacy.measurement.scenario.networks import Networks

DRAWS = 20_000
# Groups stand for their mean: with so many people told apart first and groups no wider than half of those before them,
# the spread of the sum is kept to two parts in a thousand, whatever the tail.
ALONE = 128
GROWTH = 1.5
QUANTILES = (0.05, 0.5, 0.95)
# What decides the draws of one seed; part of what a kept scenario names.
SETTINGS = {
    "draws": DRAWS,
    "alone": ALONE,
    "growth": GROWTH,
    "quantiles": QUANTILES,
    "generator": "PCG64, one by one for single people, hypergeometric for groups",
}

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
    ends, end = [0], 0
    while end < people:
        after = min(people, end + 1 if end < ALONE else math.floor(end * GROWTH))
        end = cut if end < cut < after else after
        ends.append(end)
    held = np.array([1.0 - networks.lorenz(1.0 - end / people) for end in ends])
    held[0], held[-1] = 0.0, 1.0
    counts = np.array([end - before for before, end in pairwise(ends)], dtype=np.int64)
    return Company(counts, (held[1:] - held[:-1]) * float(networks.mean) * people / counts)


def draw_joiners(company: Company, joiners: int, seed: int) -> Floats:
    """Return how many of each group join in each draw: one row a draw, chance deciding, the same for the same seed."""
    chance = np.random.default_rng(seed)
    joined = np.zeros((len(company.people), DRAWS))
    wanted = np.full(DRAWS, joiners, dtype=np.int64)
    others = int(company.people.sum())
    for group, count in enumerate(company.people.tolist()):
        others -= count
        if others == 0:
            taken = wanted
        elif count == 1:
            taken = (chance.random(DRAWS) * (others + 1) < wanted).astype(np.int64)
        else:
            taken = chance.hypergeometric(count, others, wanted)
        joined[group] = taken
        wanted = wanted - taken
    return joined.T


def joiners_by_rank(company: Company, joiners: int, *, best_first: bool) -> Floats:
    """Return how many of each group join when the best, or the least, connected come first: one row."""
    counts = company.people if best_first else company.people[::-1]
    before = np.concatenate(([0], np.cumsum(counts)[:-1]))
    taken = np.clip(joiners - before, 0, counts)
    return np.asarray((taken if best_first else taken[::-1])[np.newaxis, :], dtype=np.float64)


def gross_of(company: Company, joined: Floats) -> Floats:
    """Return the sum of the joiners' networks, one for each draw."""
    return np.asarray(joined @ company.sizes, dtype=np.float64)


def unique_of(company: Company, joined: Floats, addressable: float) -> Floats:
    """Return how many different people they reach if networks were drawn at random from `addressable` people."""
    misses = np.log1p(-np.minimum(company.sizes / addressable, 1 - 1e-15))
    return np.asarray(-addressable * np.expm1(joined @ misses), dtype=np.float64)


def quantiles(values: Floats) -> dict[str, float]:
    """Return what 5, 50 and 95 of 100 draws stay below; three times the same where nothing is left to chance."""
    low, middle, high = (float(value) for value in np.quantile(values, QUANTILES))
    return {"low": low, "middle": middle, "high": high}


def equally_likely(values: Floats, count: int) -> list[float]:
    """Return so many outcomes in rising order, each standing for the same part of the draws; one where all agree."""
    if len(values) == 1:
        return [float(values[0])]
    middles = (np.arange(count) + 0.5) / count
    return [float(value) for value in np.quantile(values, middles)]
