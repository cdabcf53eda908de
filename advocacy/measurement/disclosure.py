"""The one way out for numbers about people: what too few stand behind is not shown, and cannot be worked out either.

Neither from other units (`protect`), nor from other days (`protect_over_time`).
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar

Key = TypeVar("Key")

# Of the privacy class that rounds: to fives, and to tens above a hundred.
ROUNDED_TO, ROUNDED_TO_ABOVE, ABOVE = 5, 10, 100


class Figure(NamedTuple):
    """One number with the people it tells about.

    `behind` people make up the value, out of `among` people. `others` counts those on the other side of it, once for
    every larger group that is shown beside: with "9 of 12 take part", 3 people are known not to.
    """

    value: int
    behind: int
    among: int
    others: tuple[int, ...] = ()

    def without(self, parts: Iterable["Figure"]) -> "Figure":
        """Return what anybody can work out who knows this figure and those parts of it."""
        value, behind, among, others = self
        for part in parts:
            value -= part.value
            behind -= part.behind
            among -= part.among
            if others or part.others:
                others = tuple(mine - theirs for mine, theirs in zip(others, part.others, strict=True))
        return Figure(value, behind, among, others)

    def with_back(self, part: "Figure") -> "Figure":
        """Return the figure before a part was taken from it."""
        others = tuple(mine + theirs for mine, theirs in zip(self.others, part.others, strict=True))
        return Figure(self.value + part.value, self.behind + part.behind, self.among + part.among, others)

    @property
    def tells_of_nobody(self) -> bool:
        return self.value == 0 and self.behind <= 0 and self.among <= 0


def is_publishable(figure: Figure, smallest_group: int) -> bool:
    """Return whether a figure tells about groups only: enough people, enough of them behind it or none at all.

    Nobody on the other side is as harmless as a true zero; a few are not. Fewer than nobody, where a head count of the
    past is older than what it is compared with, may be a few.
    """
    if figure.among < smallest_group:
        return False
    if figure.value != 0 and figure.behind < smallest_group:
        return False
    return not any(other != 0 and other < smallest_group for other in figure.others)


def hidden_parts(whole: Figure, parts: Mapping[Key, Figure], smallest_group: int) -> frozenset[Key]:
    """Return which parts of a shown whole must be hidden, so that none can be subtracted from it.

    What remains when the shown parts are taken from the whole (the hidden ones and people who stand in no part) must
    itself be publishable, or tell of nobody. As long as it is not, the smallest shown part is hidden too.
    """
    shown = {key: part for key, part in parts.items() if is_publishable(part, smallest_group)}
    while shown:
        rest = whole.without(shown.values())
        if rest.tells_of_nobody or is_publishable(rest, smallest_group):
            break
        smallest = min(shown, key=lambda key: (shown[key].behind, shown[key].among, repr(key)))
        del shown[smallest]
    return frozenset(parts.keys() - shown.keys())


def hidden_overlapping(parts: Mapping[Key, Figure], smallest_group: int) -> frozenset[Key]:
    """Return which parts must be hidden where one person may stand in several, and the whole be shown elsewhere.

    Where any is hidden, the smallest one that would be shown and is not zero is hidden too. So what a whole tells of
    all hidden parts together has at least a smallest group behind it, however they overlap.
    """
    hidden = {key for key, part in parts.items() if not is_publishable(part, smallest_group)}
    beside = [key for key, part in parts.items() if key not in hidden and part.value != 0]
    if hidden and beside:
        hidden.add(min(beside, key=lambda key: (parts[key].behind, parts[key].value, repr(key))))
    return frozenset(hidden)


def protect(
    figures: Mapping[Key, Mapping[str, Figure]],
    parent_of: Mapping[Key, Key | None],
    smallest_group: int,
    *,
    rounded: frozenset[str] = frozenset(),
) -> dict[Key, dict[str, int | None]]:
    """Return the values that may be shown for nodes of a tree; None stands for a hidden one.

    `figures` holds complete families: with a node all its siblings. Below a hidden node everything is hidden, so
    that the answer for a unit is the same whichever page it is asked on. What is named in `rounded` leaves rounded;
    whether it may leave is decided on what it really is.
    """
    shown: dict[Key, dict[str, int | None]] = {key: {} for key in figures}
    for name in {name for named in figures.values() for name in named}:
        for key, value in _protect_one({key: named[name] for key, named in figures.items()}, parent_of, smallest_group):
            shown[key][name] = round_figure(value) if value is not None and name in rounded else value
    return shown


def round_figure(value: int) -> int:
    """Return a number rounded as the class `k10r` says: to the nearest five, above a hundred to the nearest ten."""
    step = ROUNDED_TO_ABOVE if abs(value) > ABOVE else ROUNDED_TO
    return step * round(value / step)


def _protect_one(
    figures: Mapping[Key, Figure], parent_of: Mapping[Key, Key | None], smallest_group: int
) -> list[tuple[Key, int | None]]:
    children = _children(figures, parent_of)
    shown: list[tuple[Key, int | None]] = []

    def hide(keys: Iterable[Key]) -> None:
        for key in keys:
            shown.append((key, None))
            hide(children.get(key, ()))

    def show(key: Key) -> None:
        shown.append((key, figures[key].value))
        below = {child: figures[child] for child in children.get(key, ())}
        hidden = hidden_parts(figures[key], below, smallest_group)
        hide(hidden)
        for child in below.keys() - hidden:
            show(child)

    for top in children.get(None, ()):
        if is_publishable(figures[top], smallest_group):
            show(top)
        else:
            hide((top,))
    return shown


def _children(figures: Mapping[Key, Figure], parent_of: Mapping[Key, Key | None]) -> dict[Key | None, list[Key]]:
    children: dict[Key | None, list[Key]] = {}
    for key in figures:
        parent = parent_of.get(key)
        children.setdefault(parent if parent in figures else None, []).append(key)
    return children


# --- Over time. Two numbers that are both harmless may tell about one person when one is taken from the other.


class Told(NamedTuple):
    """A figure as it is shown, and the day whose figure it is; no day for what was worked out from several days."""

    figure: Figure
    day: date | None

    def shown(self, *, is_rounded: bool = False) -> int:
        """Return the number that leaves."""
        return round_figure(self.figure.value) if is_rounded else self.figure.value


def are_apart(one: Told, other: Told, smallest_group: int, window_days: int | None) -> bool:
    """Return whether nobody learns of fewer than a smallest group by taking one of two figures from the other.

    They are the same, or so many more people stand behind one of them (and on its other side the same or so many
    more), or they look back at windows of `window_days` that have no day in common. How many people came and went is
    not known; at least as many did as there are more. Where days are mixed one person may count twice.
    """
    if one.figure.value == other.figure.value:
        return True
    if one.day is not None and other.day is not None:
        least = smallest_group
        if window_days is not None and abs((one.day - other.day).days) >= window_days:
            return True
    else:
        least = 2 * smallest_group
    if abs(one.figure.behind - other.figure.behind) < least:
        return False
    beside = zip(one.figure.others, other.figure.others, strict=True)
    return all(mine == theirs or abs(mine - theirs) >= least for mine, theirs in beside)


@dataclass(slots=True)
class _Shown:
    """Everything shown of one unit (or left over in one family), found again by the people behind it."""

    smallest_group: int
    window_days: int | None
    told: list[Told] = field(default_factory=list)
    _indexes: list[list[tuple[int, int]]] = field(default_factory=list)

    def allows(self, new: Told) -> bool:
        """Return whether a figure may be shown beside everything that is."""
        reach = 2 * self.smallest_group  # who is further away is apart in any case
        for index, number in zip(self._indexes, _numbers(new), strict=False):
            first, last = bisect_left(index, (number - reach, -1)), bisect_right(index, (number + reach, -1))
            for _number, place in index[first:last]:
                if not are_apart(new, self.told[place], self.smallest_group, self.window_days):
                    return False
        return True

    def add(self, new: Told) -> None:
        if not self._indexes:
            self._indexes = [[] for _number in _numbers(new)]
        for index, number in zip(self._indexes, _numbers(new), strict=True):
            insort(index, (number, len(self.told)))
        self.told.append(new)


def _numbers(told: Told) -> tuple[int, ...]:
    return (told.figure.behind, *told.figure.others)


@dataclass(frozen=True, slots=True)
class _FamilyDay:
    """What is told on one day of the units below another one: figures of that very day only.

    `rest` is what anybody can work out of the missing ones together, with people who are in none of them. There is none
    where what is told of the unit above is older.
    """

    day: date
    own: Mapping[Hashable, Figure]
    missing: frozenset[Hashable]  # of which nothing is told, or only something older
    rest: Figure | None

    def worked_out(self, units: frozenset[Hashable]) -> Iterator[Told]:
        """Give what anybody can work out about some units together: as what is left over, and by adding them up."""
        below = self.own.keys() | self.missing
        there = units & below
        if not there or there == below:
            return  # nothing, or all of them: that is the unit above
        if self.rest is not None and self.missing <= there:
            rest = self.rest
            for key in there - self.missing:
                rest = rest.with_back(self.own[key])
            yield Told(rest, self.day)
        if there <= self.own.keys():
            first, *others = (self.own[key] for key in there)
            for part in others:
                first = first.with_back(part)
            yield Told(first, self.day)


@dataclass(slots=True)
class _Family:
    """The units below one, over time: whatever is missing on some day must not be worked out from another one."""

    smallest_group: int
    window_days: int | None
    days: list[_FamilyDay] = field(default_factory=list)
    _missing: dict[frozenset[Hashable], _Shown] = field(default_factory=dict)

    def takes(self, new: _FamilyDay) -> bool:
        """Return whether a day may be told beside the others, and remember it if so."""
        known = self._missing
        if new.missing and new.rest is not None and new.missing not in known:
            known = {**known, new.missing: self._worked_out(new.missing)}
        found = {units: list(new.worked_out(units)) for units in known}
        if not all(known[units].allows(told) for units, all_told in found.items() for told in all_told):
            return False
        for units, all_told in found.items():
            for told in all_told:
                known[units].add(told)
        self._missing = known
        self.days.append(new)
        return True

    def _worked_out(self, units: frozenset[Hashable]) -> _Shown:
        shown = _Shown(self.smallest_group, self.window_days)
        for one in self.days:
            for told in one.worked_out(units):
                shown.add(told)
        return shown


def protect_over_time(
    days: Mapping[date, tuple[Mapping[Key, Figure], Mapping[Key, Key | None]]],
    smallest_group: int,
    window_days: int | None,
) -> dict[date, dict[Key, Told | None]]:
    """Return what may be shown of one figure on each day for nodes of a tree, so that days tell no more than each does.

    Each day comes with its figures and its tree, as for `protect`. The newest day is shown as it is. An earlier day
    is shown as it is where it is apart from everything that is shown; else the last day before it that is shown
    stands for it, and says so, or nothing does. The same holds of what remains of a unit without the ones shown below
    it, and of those that are hidden or put off on a day, together. None stands for what is hidden. The answer depends
    on the days given: give the same ones, whatever is asked.
    """
    if not days:
        return {}
    of_unit: dict[Key, _Shown] = defaultdict(lambda: _Shown(smallest_group, window_days))
    of_rest: dict[Key, _Shown] = defaultdict(lambda: _Shown(smallest_group, window_days))
    of_family: dict[Key, _Family] = defaultdict(lambda: _Family(smallest_group, window_days))
    last_told: dict[Key, Told] = {}
    found: dict[date, dict[Key, Told | None]] = {}
    newest = max(days)
    for day in (newest, *sorted(days.keys() - {newest})):
        figures, parent_of = days[day]
        children = _children(figures, parent_of)
        state: dict[Key, Told | None] = {}

        def best(key: Key, day: date = day, figures: Mapping[Key, Figure] = figures) -> Told | None:
            new, old = Told(figures[key], day), last_told.get(key)
            if old is not None and not are_apart(new, old, smallest_group, window_days):
                return old
            return new if is_publishable(new.figure, smallest_group) and of_unit[key].allows(new) else old

        waiting: list[Key] = []
        for top in children.get(None, ()):
            state[top] = best(top)
            waiting.append(top)
        while waiting:
            above = waiting.pop()
            below = children.get(above, [])
            waiting += below
            whole = state[above]
            parts = {key: best(key) if whole is not None else None for key in below}
            if whole is not None:
                _settle(whole, parts, day, last_told, of_rest[above], of_family[above])
            state |= parts
        for key, told in state.items():
            if told is not None and told.day == day:
                of_unit[key].add(told)
                if day != newest:
                    last_told[key] = told
        found[day] = state
    return found


def _settle(
    whole: Told,
    parts: dict[Key, Told | None],
    day: date,
    last_told: Mapping[Key, Told],
    shown_rests: _Shown,
    family: _Family,
) -> None:
    """Put off, or hide, parts of a shown whole until what remains without them tells of groups only, on any day."""
    told = {key: part for key, part in parts.items() if part is not None}
    rest = whole.figure.without(part.figure for part in told.values())

    def tells_of_groups_only() -> bool:
        is_of_one_day = whole.day is not None and all(part.day == whole.day for part in told.values())
        left_over = Told(rest, whole.day if is_of_one_day else None)
        is_group = rest.tells_of_nobody or is_publishable(rest, shown_rests.smallest_group)
        own: dict[Hashable, Figure] = {key: part.figure for key, part in told.items() if part.day == day}
        own_rest = rest if len(own) == len(told) else whole.figure.without(own.values())
        of_day = _FamilyDay(day, own, frozenset(parts.keys() - own.keys()), own_rest if whole.day == day else None)
        if not (is_group and shown_rests.allows(left_over) and family.takes(of_day)):
            return False
        shown_rests.add(left_over)
        return True

    if not told or tells_of_groups_only():
        return
    order = sorted(told, key=lambda key: (told[key].figure.behind, told[key].figure.among, repr(key)))
    # What is put off may have to be hidden after all, once nothing is left to put off.
    waiting = [(key, last_told.get(key)) for key in order if told[key].day == day]
    waiting += [(key, None) for key in order]
    for key, instead in waiting:
        part = told.pop(key, None)
        if part is not None:
            rest = rest.with_back(part.figure)
        parts[key] = instead
        if instead is not None:
            told[key] = instead
            rest = rest.without((instead.figure,))
        if not told or tells_of_groups_only():
            return
