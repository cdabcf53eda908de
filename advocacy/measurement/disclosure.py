"""The one way out for numbers about people: what too few stand behind is not shown, and cannot be worked out either."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Figure:
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
        value, behind, among, others = self.value, self.behind, self.among, list(self.others)
        for part in parts:
            value -= part.value
            behind -= part.behind
            among -= part.among
            others = [mine - theirs for mine, theirs in zip(others, part.others, strict=True)]
        return Figure(value, behind, among, tuple(others))

    @property
    def tells_of_nobody(self) -> bool:
        return self.value == 0 and self.behind <= 0 and self.among <= 0


def is_publishable(figure: Figure, smallest_group: int) -> bool:
    """Return whether a figure tells about groups only: enough people, enough of them behind it or none at all.

    Nobody on the other side is as harmless as a true zero; a few are not.
    """
    if figure.among < smallest_group:
        return False
    if figure.value != 0 and figure.behind < smallest_group:
        return False
    return not any(0 < other < smallest_group for other in figure.others)


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
) -> dict[Key, dict[str, int | None]]:
    """Return the values that may be shown for nodes of a tree; None stands for a hidden one.

    `figures` holds complete families: with a node all its siblings. Below a hidden node everything is hidden, so
    that the answer for a unit is the same whichever page it is asked on.
    """
    shown: dict[Key, dict[str, int | None]] = {key: {} for key in figures}
    for name in {name for named in figures.values() for name in named}:
        for key, value in _protect_one({key: named[name] for key, named in figures.items()}, parent_of, smallest_group):
            shown[key][name] = value
    return shown


def _protect_one(
    figures: Mapping[Key, Figure], parent_of: Mapping[Key, Key | None], smallest_group: int
) -> list[tuple[Key, int | None]]:
    children: dict[Key | None, list[Key]] = {}
    for key in figures:
        parent = parent_of.get(key)
        children.setdefault(parent if parent in figures else None, []).append(key)
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
