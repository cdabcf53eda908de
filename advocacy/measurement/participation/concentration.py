"""How evenly acts are spread over people: quantiles, shares of the busiest, Lorenz and Gini. Exact, no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Loads:
    """People by the number of acts each made, ascending: `people[n]` made `acts[n]` each."""

    acts: Sequence[int]
    people: Sequence[int]

    @property
    def head_count(self) -> int:
        return sum(self.people)

    @property
    def total(self) -> int:
        return sum(acts * people for acts, people in zip(self.acts, self.people, strict=True))


def quantile(loads: Loads, share: Fraction) -> int | None:
    """Return the smallest number of acts that at least this share of people stay at or below; None for nobody."""
    needed, passed = share * loads.head_count, 0
    for acts, people in zip(loads.acts, loads.people, strict=True):
        passed += people
        if passed >= needed:
            return acts
    return None


def acts_of_busiest(loads: Loads, count: int) -> int:
    """Return the acts of the `count` people who made most, of all where there are fewer."""
    acts_made, wanted = 0, count
    for acts, people in zip(reversed(loads.acts), reversed(loads.people), strict=True):
        taken = min(people, wanted)
        acts_made += acts * taken
        wanted -= taken
    return acts_made


def at_or_above(loads: Loads, acts: int) -> int:
    """Return how many people made at least so many acts."""
    return sum(people for made, people in zip(loads.acts, loads.people, strict=True) if made >= acts)


def busiest(head_count: int, share: Fraction) -> int:
    """Return how many people the busiest share of them are, rounded up."""
    return -(-head_count * share.numerator // share.denominator)


def lorenz(loads: Loads) -> list[tuple[Fraction, Fraction]]:
    """Return the share of acts that the least busy share of people made, from (0, 0) to (1, 1)."""
    heads, total = loads.head_count, loads.total
    points, passed, made = [(Fraction(0), Fraction(0))], 0, 0
    for acts, people in zip(loads.acts, loads.people, strict=True):
        passed, made = passed + people, made + acts * people
        points.append((Fraction(passed, heads), Fraction(made, total) if total else Fraction(passed, heads)))
    return points


def gini(loads: Loads) -> Fraction | None:
    """Return 0 where everybody did the same, towards 1 where one did it all; None where nobody did anything."""
    if not loads.total:
        return None
    points = lorenz(loads)
    area = sum(((x2 - x1) * (y1 + y2) / 2 for (x1, y1), (x2, y2) in pairwise(points)), Fraction(0))
    return 1 - 2 * area
