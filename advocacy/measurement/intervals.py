"""How sure a number is: 95 % intervals that hold for small counts too. Standard library only."""

import math
from collections.abc import Callable

LEVEL = 0.95
# The 97.5 % quantile of the standard normal distribution.
Z = 1.959963984540054
_HALVINGS = 200
_NEGLIGIBLE = 1e-18


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion (Wilson 1927), within [0, 1]. Raises ValueError."""
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} of {trials} is no proportion")
    share, squared = successes / trials, Z * Z
    centre = share + squared / (2 * trials)
    spread = Z * math.sqrt(share * (1 - share) / trials + squared / (4 * trials * trials))
    scale = 1 + squared / trials
    low = 0.0 if successes == 0 else (centre - spread) / scale
    high = 1.0 if successes == trials else (centre + spread) / scale
    return low, high


def difference(successes: int, trials: int, successes_before: int, trials_before: int) -> tuple[float, float]:
    """Return the interval of the difference of two independent proportions (Newcombe 1998). Raises ValueError."""
    (low, high), (low_before, high_before) = wilson(successes, trials), wilson(successes_before, trials_before)
    share, before = successes / trials, successes_before / trials_before
    down = math.hypot(share - low, high_before - before)
    up = math.hypot(high - share, before - low_before)
    return share - before - down, share - before + up


def poisson(events: int) -> tuple[float, float]:
    """Return the exact interval of a count (Garwood 1936): the means at which it would just not be surprising."""
    if events < 0:
        raise ValueError("a count is not negative")
    tail = (1 - LEVEL) / 2
    ceiling = events + 10 * math.sqrt(events + 1) + 20
    low = 0.0 if events == 0 else _root(lambda mean: (1 - _poisson_at_most(events - 1, mean)) - tail, 0.0, ceiling)
    high = _root(lambda mean: tail - _poisson_at_most(events, mean), 0.0, ceiling)
    return low, high


def rate_ratio(events: int, exposure: float, events_before: int, exposure_before: float) -> tuple[float, float]:
    """Return the interval of a ratio of two Poisson rates on the log scale. Raises ValueError without events."""
    if exposure <= 0 or exposure_before <= 0 or events <= 0 or events_before <= 0:
        raise ValueError("a ratio of rates needs exposure and events on both sides")
    ratio = (events / exposure) / (events_before / exposure_before)
    factor = math.exp(Z * math.sqrt(1 / events + 1 / events_before))
    return ratio / factor, ratio * factor


def rate_ratio_p(events: int, exposure: float, events_before: int, exposure_before: float) -> float:
    """Return how surprising both counts are if the rates are the same: exact, given their sum, on both sides."""
    if exposure <= 0 or exposure_before <= 0 or events < 0 or events_before < 0:
        raise ValueError("a comparison of rates needs exposure on both sides")
    total, share = events + events_before, exposure / (exposure + exposure_before)
    chances = [math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(total + 1)]
    return min(1.0, math.fsum(chance for chance in chances if chance <= chances[events] * (1 + 1e-7)))


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function passes zero, to the last digit a float has."""
    for _step in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _poisson_at_most(events: int, mean: float) -> float:
    """Sum from the largest term that counts downwards, and stop where no float could hold the next beside the sum."""
    if mean == 0:
        return 1.0
    count = min(events, math.floor(mean))
    peak = math.exp(-mean + count * math.log(mean) - math.lgamma(count + 1))
    total, term = 0.0, peak
    for k in range(count, -1, -1):
        total += term
        term *= k / mean
        if term < total * _NEGLIGIBLE:
            break
    term = peak
    for k in range(count + 1, events + 1):
        term *= mean / k
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return min(1.0, total)
