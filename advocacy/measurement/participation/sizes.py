"""In which months the sizes of cohorts are told of each unit, so that months tell no more than each of them does.

A cohort is about the same people month after month. What changes it in a unit are the few who move to another one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

from advocacy.measurement import disclosure
from advocacy.measurement.disclosure import Figure, protect, protect_over_time
from advocacy.measurement.rollups import last_of_month

PAIR = 2

Tree = Mapping[int, int | None]
# How many people of a cohort (the first day of the month in which they began) stand in each unit, by day.
Sizes = Mapping[date, Mapping[date, Mapping[int, int]]]
# By unit: cohorts that are hidden.
Hidden = dict[int, set[date]]


def all_of(people: int) -> Figure:
    return Figure(people, people, people)


@dataclass(frozen=True, slots=True)
class Told:
    """Which cohorts are hidden of each unit on each month's end; all others may be told as they are."""

    sizes: Sizes
    hidden: Mapping[date, Hidden]

    def people(self, cohort: date, unit: int, day: date) -> int | None:
        """Return how many of a cohort stand in a unit on a month's end, or None where that is hidden."""
        of_day = self.hidden.get(day, {})
        if unit not in of_day or cohort in of_day[unit]:
            return None
        return self.sizes[cohort].get(day, {}).get(unit, 0)


def told(sizes: Sizes, trees: Mapping[date, Tree], ends: Mapping[int, list[date]], group: int) -> Told:
    """Return what may be told of cohorts beside how many ever acted, which each unit is told of on its `ends`.

    Give every month that was counted, whatever is asked: the answer for a day hangs on all of them.
    """
    weighed = _Weighed(
        sizes,
        trees,
        {key: frozenset(days) for key, days in ends.items()},
        group,
        _too_few(sizes, trees, ends, group),
        {day: _there(sizes, day, tree) for day, tree in trees.items()},
        _changing(sizes, trees),
    )
    for cohort in sizes:
        weighed.put_off(cohort)
    newest = max(trees, default=None)
    for day in sorted(trees, key=lambda day: (day != newest, day)):
        weighed.settle(day)
    return Told(sizes, weighed.hidden)


@dataclass(slots=True)
class _Weighed:
    sizes: Sizes
    trees: Mapping[date, Tree]
    ends: Mapping[int, Collection[date]]
    group: int
    hidden: dict[date, Hidden]
    there: Mapping[date, Mapping[int, set[date]]]
    unsure: set[int]  # the units in which something changed, or something beside it is hidden for that
    settled: list[date] = field(default_factory=list)

    def put_off(self, cohort: date) -> None:
        """Hide a cohort on the days on which its size would tell of a few beside that of another day, or unit."""
        days = [day for day in self.trees if day >= last_of_month(cohort)]
        of_days = self.sizes[cohort]
        # Few cohorts ever change: days that are alike are weighed as one. The newest is told as it is, and one like it
        # would be with it, but not where units further down are asked about too, in which the two differ.
        newest = max(days, default=None)
        alike: list[tuple[Tree, dict[int, int], date, list[date]]] = []
        for day in sorted(days):
            tree, people = self.trees[day], {key: of_days.get(day, {}).get(key, 0) for key in self.trees[day]}
            same = next((found for found in alike if found[0] == tree and found[1] == people), None)
            if same is None or day == newest:
                alike.append((tree, people, day, [day]))
            else:
                same[3].append(day)
        figures = {
            day: ({key: all_of(count) for key, count in people.items()}, tree) for tree, people, day, _days in alike
        }
        for day, of_units in protect_over_time(figures, self.group, None).items():
            late = [key for key, one in of_units.items() if one is None or one.day != day]
            for same_day in next(days for _tree, _people, first, days in alike if first == day):
                for key in late:
                    self._hide(cohort, key, same_day)

    def settle(self, day: date) -> None:
        """Hide more on a day until what it leaves over of all who ever acted tells of groups, on settled days too.

        From above, so that it is the same whichever units below are looked at.
        """
        tree = self.trees[day]
        for family in _families(tree):
            while any(self._hide_one_more(key, day) for key in family if key in self.unsure):
                pass
        self.settled.append(day)

    def _hide_one_more(self, key: int, day: date) -> bool:
        one_more = self._one_more(key, day)
        if one_more is not None:
            for member in with_families((key,), self.trees[day]):
                self._hide(one_more, member, day)
        return one_more is not None

    def _one_more(self, key: int, day: date) -> date | None:
        """Return the smallest cohort told of a unit where one must be hidden."""
        shown = self.there[day][key] - self.hidden[day][key]
        if not shown or self._is_settled(key, day):
            return None
        return min(shown, key=lambda cohort: (self.sizes[cohort][day][key], cohort))

    def _is_settled(self, key: int, day: date) -> bool:
        missing = self._missing(key, day)
        if missing and self._is_ever_told(key, day):
            rest = self._worked_out(missing, key, day)
            if len(missing) < PAIR or rest is None or rest < self.group:
                return False
            if not all(self._are_apart(rest, self._worked_out(missing, key, other)) for other in self.settled):
                return False
        for other in self.settled:
            before = self._missing(key, other)
            if before and self._is_ever_told(key, other):
                rest = self._worked_out(before, key, other)
                if not self._are_apart(rest, self._worked_out(before, key, day)):
                    return False
        return True

    def _are_apart(self, one: int | None, other: int | None) -> bool:
        return one is None or other is None or one == other or abs(one - other) >= self.group

    def _worked_out(self, cohorts: set[date], key: int, day: date) -> int | None:
        """Return how many are in some cohorts together, where that is told of a day or left over of all; else None."""
        there, missing = cohorts & self.there[day].get(key, set()), self._missing(key, day)
        is_left_over = missing <= there and self._is_ever_told(key, day)
        if not there or (there & missing and not is_left_over):
            return None
        return sum(self.sizes[cohort][day][key] for cohort in there)

    def _missing(self, key: int, day: date) -> set[date]:
        return self.hidden[day].get(key, set()) & self.there[day].get(key, set())

    def _is_ever_told(self, key: int, day: date) -> bool:
        return day in self.ends.get(key, ())

    def _hide(self, cohort: date, key: int, day: date) -> None:
        if cohort not in self.hidden[day][key]:
            self.hidden[day][key].add(cohort)
            self.unsure.add(key)


def _there(sizes: Sizes, day: date, tree: Tree) -> dict[int, set[date]]:
    """Return by unit the cohorts of which somebody stands in it on a day."""
    return {key: {cohort for cohort, days in sizes.items() if days.get(day, {}).get(key)} for key in tree}


def _changing(sizes: Sizes, trees: Mapping[date, Tree]) -> set[int]:
    """Return the units in which some cohort did not stay as large as it began."""
    found: set[int] = set()
    for cohort, days in sizes.items():
        told_on = [days.get(day, {}) for day in trees if day >= last_of_month(cohort)]
        keys = {key for of_units in told_on for key in of_units} - found
        found |= {key for key in keys if len({of_units.get(key, 0) for of_units in told_on}) > 1}
    return found


def without_moves(
    shown: Mapping[date, Mapping[int, disclosure.Told | None]],
    changed: Mapping[int, Sizes],
    trees: Mapping[date, Tree],
    group: int,
) -> dict[date, dict[int, disclosure.Told | None]]:
    """Return what is shown of all who ever acted, with more of it put off: what would tell of a few who moved.

    A later month tells how many of them are in the unit by then, cohort by cohort: that must be as many, or differ by
    a smallest group. `changed` are, by unit, the cohorts that did not stay as large as they began.
    """
    given_away = _given_away(changed, trees, group)
    off = {day: with_families(given_away[day], tree) for day, tree in trees.items()}
    last_told: dict[int, disclosure.Told] = {}
    found: dict[date, dict[int, disclosure.Told | None]] = {}
    for day, told_of in sorted(shown.items()):
        found[day] = dict(told_of)
        for key, one in told_of.items():
            if one is not None and one.day == day and key not in off[day]:
                last_told[key] = one
            elif one is not None:
                found[day][key] = last_told.get(key)
    return found


def _given_away(changed: Mapping[int, Sizes], trees: Mapping[date, Tree], group: int) -> dict[date, set[int]]:
    """Return by day the units of which a later month tells that a few of all who had acted by that day moved."""
    found: dict[date, set[int]] = {day: set() for day in trees}
    for key, sizes in changed.items():
        cohorts, days = sorted(sizes), sorted(day for day, tree in trees.items() if key in tree)
        # How many of those who began in a cohort or before it stand in the unit, by day and place of the cohort.
        summed = {day: list(accumulate(sizes[cohort].get(day, {}).get(key, 0) for cohort in cohorts)) for day in days}
        for place, day in enumerate(days):
            last = bisect_right(cohorts, day) - 1
            moved = (summed[later][last] - summed[day][last] for later in days[place + 1 :])
            if last >= 0 and any(0 < abs(count) < group for count in moved):
                found[day].add(key)
    return found


def with_families(keys: Collection[int], tree: Tree) -> set[int]:
    """Return units with all that stand beside them, and everything below: the unit above gives none of them away."""
    tops = {_parent(tree, key) for key in keys}
    found = set()
    for member in tree:
        step: int | None = member
        while step is not None and _parent(tree, step) not in tops:
            step = _parent(tree, step)
        if step is not None:
            found.add(member)
    return found


def _families(tree: Tree) -> list[list[int]]:
    """Return the units that stand below the same one, those families first that stand above others."""
    below: dict[int | None, list[int]] = {}
    for key in sorted(tree):
        below.setdefault(_parent(tree, key), []).append(key)
    found, waiting = [], [below.get(None, [])]
    while waiting:
        family = waiting.pop()
        found.append(family)
        waiting += [below[key] for key in family if key in below]
    return found


def _parent(tree: Tree, key: int) -> int | None:
    parent = tree.get(key)
    return parent if parent in tree else None


def _too_few(
    sizes: Sizes, trees: Mapping[date, Tree], ends: Mapping[int, list[date]], group: int
) -> dict[date, Hidden]:
    """Return which cohorts are hidden on any day because too few are in them now, or in one beside them."""
    latest: dict[date, dict[int, int]] = {}
    for cohort, days in sizes.items():
        latest[cohort] = {}
        for day in sorted(days):
            latest[cohort] |= days[day]
    found: dict[date, Hidden] = {}
    known: list[tuple[Tree, Hidden]] = []
    for day, tree in trees.items():
        hidden = next((hidden for other, hidden in known if other == tree), None)
        if hidden is None:
            of_units = {cohort: {key: of[key] for key in of.keys() & tree.keys()} for cohort, of in latest.items()}
            hidden = _hidden(of_units, ends, tree, group)
            known.append((tree, hidden))
        found[day] = {key: set(cohorts) for key, cohorts in hidden.items()}
    return found


def _hidden(
    sizes: Mapping[date, Mapping[int, int]],
    ends: Mapping[int, list[date]],
    parents: Mapping[int, int | None],
    group: int,
) -> dict[int, set[date]]:
    """Return which cohorts of each unit are hidden.

    How many ever acted is told on some days (`ends`), and grows from one to the next by the cohorts in between. Of
    those none is hidden, or at least two in which there is a smallest group. Where another is hidden for that, it is
    in all units of the family: the unit above would else give it away.
    """
    hidden: dict[int, set[date]] = {key: set() for key in parents}
    for month, of_unit in sizes.items():
        shown = protect({key: {"people": all_of(people)} for key, people in of_unit.items()}, parents, group)
        for key, values in shown.items():
            if values["people"] is None:
                hidden[key].add(month)
    for members in _families(parents):
        above = parents.get(members[0]) if members else None
        also = set(hidden[above]) if above in hidden else set()
        while True:
            for key in members:
                hidden[key] |= {month for month in also if key in sizes.get(month, {})}
            also = {month for key in members for month in _needed(key, sizes, ends.get(key, []), hidden[key], group)}
            if not also:
                break
    return hidden


def _needed(
    key: int, sizes: Mapping[date, Mapping[int, int]], ends: list[date], hidden: set[date], group: int
) -> set[date]:
    """Return the smallest shown cohort of each stretch between two told days that gives a hidden one away."""
    found = set()
    stretches: dict[int, list[date]] = {}
    for month, of_unit in sizes.items():
        place = bisect_left(ends, month)
        if key in of_unit and place < len(ends):
            stretches.setdefault(place, []).append(month)
    for months in stretches.values():
        out = [month for month in months if month in hidden]
        shown = [month for month in months if month not in hidden]
        if out and shown and (len(out) < PAIR or sum(sizes[month][key] for month in out) < group):
            found.add(min(shown, key=lambda month: (sizes[month][key], month)))
    return found
