"""What frozen numbers have become since: told where a group stands behind the difference, else only that they changed.

Somebody who sees a frozen number and today's can subtract. So today's is shown only where the difference tells about
nobody, or about at least a smallest group of people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from sqlalchemy import Connection

from advocacy.activity.kinds import Cause
from advocacy.measurement.catalogue import BY_KEY, Metric
from advocacy.measurement.reading import Point, is_page_column
from advocacy.measurement.restatements import since
from advocacy.programme.figures import LiveFigure, exact_of
from advocacy.programme.models import Report, ReportFigure

Status = Literal["same", "restated", "untold", "not_read"]
PARTS = 2


@dataclass(frozen=True, slots=True)
class Now:
    """What a frozen figure is today.

    `same`; `restated`, with today's point; `untold`: restated, and too few people stand behind the difference to say
    more; `not_read`: the catalogue has no such metric any more. `is_other_definition` where it is counted differently.
    """

    status: Status
    point: Point | None = None
    is_other_definition: bool = False
    causes: frozenset[Cause] = frozenset()

    @property
    def value(self) -> float | None:
        return float(self.point.value) if self.point is not None and self.point.value is not None else None

    @property
    def value_exact(self) -> str | None:
        return exact_of(self.point) if self.point is not None else None

    @property
    def reason(self) -> str | None:
        return self.point.reason if self.point is not None else None


def with_causes(connection: Connection, report: Report, figure: ReportFigure, now: Now) -> Now:
    """Return a restated figure with why, as far as that was noted.

    What was noted without numbers, because a few people chose it, is told without numbers here too.
    """
    if now.status != "restated" or figure.metric not in BY_KEY:
        return now
    parts = [name for name in BY_KEY[figure.metric].inputs if name in BY_KEY]
    noted = [
        one
        for name in (figure.metric, *parts)
        for one in since(
            connection,
            report.frozen_at,
            metric=name,
            unit_key=report.unit_key,
            first=figure.on_day,
            last=figure.on_day,
        )
    ]
    if any(one.is_announced is None for one in noted):
        return Now("untold", None, now.is_other_definition)
    return replace(now, causes=frozenset(cause for one in noted for cause in one.causes))


def now_of(figures: Sequence[ReportFigure], live: Mapping[str, LiveFigure], smallest_group: int) -> dict[str, Now]:
    """Return for each frozen figure what it is now, by the metric's key."""
    kept = {figure.metric: figure for figure in figures}
    return {key: _now(figure, kept, live, smallest_group) for key, figure in kept.items()}


def _now(
    figure: ReportFigure, kept: Mapping[str, ReportFigure], live: Mapping[str, LiveFigure], smallest_group: int
) -> Now:
    found = live.get(figure.metric)
    if found is None:
        return Now("not_read")
    differs = found.metric.definition_hash != figure.definition_hash
    if _is_same(figure, found):
        return Now("same", found.point, differs)
    if _may_be_told(figure, found, kept, live, smallest_group):
        return Now("restated", found.point, differs)
    return Now("untold", None, differs)


def _is_same(figure: ReportFigure, found: LiveFigure) -> bool:
    point = found.point
    return (figure.value_exact, figure.reason, figure.on_day) == (exact_of(point), point.reason, point.on)


def _may_be_told(
    figure: ReportFigure,
    found: LiveFigure,
    kept: Mapping[str, ReportFigure],
    live: Mapping[str, LiveFigure],
    smallest_group: int,
) -> bool:
    metric, point = found.metric, found.point
    if (metric.privacy == "org" and "suppressed" not in metric.null_reasons) or figure.value_exact is None:
        return True  # about nobody, or nothing was shown from which to subtract
    if point.value is None:
        return point.reason != "suppressed"  # that a group became too small tells of the few who are missing
    if is_page_column(metric) or (metric.kind == "distinct" and point.behind is not None):
        return _is_group(figure.people, point.behind, smallest_group)
    if _is_of_two(metric):
        return all(_part_may_be_told(name, kept, live, smallest_group) for name in metric.inputs)
    return _are_groups(figure, point, smallest_group)


def _is_of_two(metric: Metric) -> bool:
    return len(metric.inputs) == PARTS and all(
        name in BY_KEY and (is_page_column(BY_KEY[name]) or BY_KEY[name].privacy == "org") for name in metric.inputs
    )


def _part_may_be_told(
    name: str, kept: Mapping[str, ReportFigure], live: Mapping[str, LiveFigure], smallest_group: int
) -> bool:
    if name not in kept or name not in live:
        return False
    figure, found = kept[name], live[name]
    return _is_same(figure, found) or _may_be_told(figure, found, kept, live, smallest_group)


def _is_group(before: int | None, after: int | None, smallest_group: int) -> bool:
    """Return whether at least a group of people came or went. The same number may be other people, or one's change."""
    return before is not None and after is not None and abs(after - before) >= smallest_group


def _are_groups(figure: ReportFigure, point: Point, smallest_group: int) -> bool:
    """Return whether a share of people changed by groups on both of its sides, or not at all on one."""
    parts = (figure.numerator, figure.denominator, point.numerator, point.denominator)
    if any(part is None for part in parts) or not isinstance(point.value, Fraction):
        return False
    upper = abs((point.numerator or 0) - (figure.numerator or 0))
    lower = abs((point.denominator or 0) - (figure.denominator or 0))
    others = abs(
        ((point.denominator or 0) - (point.numerator or 0)) - ((figure.denominator or 0) - (figure.numerator or 0))
    )
    changed = [change for change in (upper, lower, others) if change]
    return bool(changed) and all(change >= smallest_group for change in changed)
