"""What a click was, decided from stored facts alone, so that it can be decided again when the rules change.

The rules run in order and the first that fits decides: preview bots, other machines (by name, then by what they do),
clicks from inside the organisation, the sharer's own, repeated ones. What is left is human. Nothing is thrown away.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from advocacy.activity.kinds import ClickClass, ClickFlag
from advocacy.sharing.clicks.agents import AgentKind, kind_of

# Goes up with every change of the cascade below. Numbers and lists need no such care: see rules.py.
RULES_VERSION = 2

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
_DAY_US, _FIRST_DAY = 24 * 60 * MINUTE_US, date(1970, 1, 1).toordinal()
# More links than a person opens, by one visitor within less than a minute.
LINKS_A_MINUTE_OF_A_SCANNER = 3
# A person does not click more often than this within a minute.
MOST_CLICKS_A_MINUTE = 10
# A mail gateway opens a link just before the person who was sent there does.
SCANNER_PAIR_US = 2 * SECOND_US
SCANNER_REFERRERS = (
    "safelinks.protection.outlook.com",
    "urldefense.com",
    "urldefense.proofpoint.com",
    "linkprotect.cudasvc.com",
    "secure-web.cisco.com",
    "mimecast.com",
)

# Plain numbers: every click is compared with them.
_HEAD, _PREFETCH, _INTERNAL_ADDRESS = int(ClickFlag.HEAD), int(ClickFlag.PREFETCH), int(ClickFlag.INTERNAL_ADDRESS)
_OWN_VISITOR = int(ClickFlag.OWN_VISITOR)

Visit = tuple[int, int, int]  # visitor, microseconds, link
Hit = tuple[int, int]  # link, microseconds
Person = tuple[date, int, int]  # UTC day, link, visitor (0 stands for all that have no key)


@dataclass(frozen=True, slots=True)
class Seen:
    """One click with what is known about its link. `agent` and `referrer` are as stored.

    `event` (the id as a number) decides between clicks of one microsecond, so that the order of arrival never does.
    """

    occurred_us: int
    link_key: int
    visitor_key: int | None
    flags: int
    agent: str
    referrer: str | None
    employee_key: int | None
    event: int = 0

    @property
    def day(self) -> date:
        return date.fromordinal(_FIRST_DAY + self.occurred_us // _DAY_US)

    @property
    def person(self) -> Person:
        return self.day, self.link_key, self.visitor_key or 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Facts beside the clicks themselves: other visits of these visitors, other hits on these links, who owns which
    key, who counts already.
    """

    visits: Collection[Visit] = ()
    hits: Collection[Hit] = ()
    own: frozenset[tuple[date, int, int]] = frozenset()  # UTC day, visitor, employee
    counted: frozenset[Person] = frozenset()


@dataclass(slots=True)
class _Behaviour:
    """Spans in which a visitor was too quick for a person, and all hits on each link in order of time."""

    machine_spans: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    hits: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def is_machine(self, click: Seen) -> bool:
        spans = self.machine_spans.get(click.visitor_key) if click.visitor_key is not None else None
        if not spans:
            return False
        nearest = bisect_right(spans, (click.occurred_us, 1 << 62)) - 1
        return nearest >= 0 and click.occurred_us <= spans[nearest][1]

    def is_gateway(self, click: Seen) -> bool:
        """Return whether another hit on the same link follows at once: then this one was the gateway's."""
        if not comes_from_gateway(click.referrer):
            return False
        hits = self.hits[click.link_key]
        after = bisect_right(hits, click.occurred_us)
        return after < len(hits) and hits[after] - click.occurred_us <= SCANNER_PAIR_US


def machine_spans(visits: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans of time in which one visitor was too quick, given its visits (time, link) in order.

    A window of less than a minute moves over the visits once, so that a flood costs no more than its length.
    """
    spans: list[tuple[int, int]] = []
    links: Counter[int] = Counter()
    first = 0
    for last, (at, link) in enumerate(visits):
        links[link] += 1
        while at - visits[first][0] >= MINUTE_US:
            left = visits[first][1]
            links[left] -= 1
            if not links[left]:
                del links[left]
            first += 1
        if len(links) >= LINKS_A_MINUTE_OF_A_SCANNER or last - first + 1 > MOST_CLICKS_A_MINUTE:
            start = visits[first][0]
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], at)
            else:
                spans.append((start, at))
    return spans


def comes_from_gateway(referrer: str | None) -> bool:
    return referrer is not None and any(referrer == host or referrer.endswith("." + host) for host in SCANNER_REFERRERS)


def classify(clicks: Sequence[Seen], around: Surroundings) -> list[ClickClass]:
    """Return the class of each click. The same facts give the same classes, in whatever order they are handed in."""
    behaviour = _behaviour(clicks, around)
    people = set(around.counted)
    classes: list[ClickClass] = [ClickClass.HUMAN] * len(clicks)
    for index in sorted(range(len(clicks)), key=lambda i: (clicks[i].occurred_us, clicks[i].event)):
        click = clicks[index]
        found = _class_alone(click, behaviour, around.own)
        if found is ClickClass.HUMAN:
            if click.person in people:
                found = ClickClass.REPEATED
            people.add(click.person)
        classes[index] = found
    return classes


def _class_alone(click: Seen, behaviour: _Behaviour, own: frozenset[tuple[date, int, int]]) -> ClickClass:
    """Return the class a click has by itself; HUMAN where only being repeated is still open."""
    kind = kind_of(click.agent)
    if kind is AgentKind.PREVIEW or click.flags & _PREFETCH:
        return ClickClass.PREVIEW_BOT
    if kind is AgentKind.BOT or click.flags & _HEAD:
        return ClickClass.SCANNER
    if behaviour.is_gateway(click) or behaviour.is_machine(click):
        return ClickClass.SCANNER
    if click.flags & _INTERNAL_ADDRESS:
        return ClickClass.INTERNAL
    if is_own(click, own):
        return ClickClass.OWN
    return ClickClass.HUMAN


def is_own(click: Seen, own: frozenset[tuple[date, int, int]]) -> bool:
    """Return whether the link's own person clicked: known by a portal session that day, or noted at import."""
    if click.flags & _OWN_VISITOR:
        return True
    return click.visitor_key is not None and (click.day, click.visitor_key, click.employee_key or 0) in own


def _behaviour(clicks: Iterable[Seen], around: Surroundings) -> _Behaviour:
    behaviour = _Behaviour()
    visits: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for visitor, at, link in around.visits:
        visits[visitor].append((at, link))
    for link, at in around.hits:
        behaviour.hits[link].append(at)
    for click in clicks:
        if click.visitor_key is not None:
            visits[click.visitor_key].append((click.occurred_us, click.link_key))
        behaviour.hits[click.link_key].append(click.occurred_us)
    for visitor, of_one in visits.items():
        if len(of_one) >= LINKS_A_MINUTE_OF_A_SCANNER:
            behaviour.machine_spans[visitor] = machine_spans(sorted(of_one))
    for hits in behaviour.hits.values():
        hits.sort()
    return behaviour
