"""Where the judging of clicks stands: the rules that hold, and how much of the past was judged by other ones."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from advocacy.activity.kinds import ClickClass
from advocacy.sharing.clicks import judgements, rules
from advocacy.sharing.clicks.judgements import JudgedDay
from advocacy.sharing.clicks.rules import HeldRules


@dataclass(frozen=True, slots=True)
class Standing:
    """The clicks of the last UTC days, today among them, beside the rules that hold now."""

    rules: HeldRules | None
    first_day: date
    last_day: date
    days: tuple[JudgedDay, ...]

    @property
    def raw(self) -> int:
        return sum(day.raw for day in self.days)

    @property
    def human(self) -> int:
        return sum(day.human for day in self.days)

    @property
    def by_class(self) -> Mapping[ClickClass, int]:
        total: Counter[ClickClass] = Counter()
        for day in self.days:
            total.update(day.by_class)
        return total

    @property
    def by_older_rules(self) -> int:
        """Return how many clicks were judged by rules that might judge them otherwise today."""
        return sum(day.by_older_rules for day in self.days)

    @property
    def without_facts(self) -> int:
        """Return how many clicks came with their class and nothing to judge them by."""
        return sum(day.without_facts for day in self.days)

    @property
    def oldest_by_older_rules(self) -> date | None:
        return next((day.day for day in self.days if day.by_older_rules), None)


def standing(days: int) -> Standing:
    """Return where the last so many UTC days stand. Reads what was written beside the verdicts, never clicks."""
    last = judgements.today()
    first = last - timedelta(days=days - 1)
    held = rules.in_force()
    alike = rules.judging_alike(held.key) if held is not None else set()
    return Standing(held, first, last, tuple(judgements.judged_days(first, last, alike=alike)))
