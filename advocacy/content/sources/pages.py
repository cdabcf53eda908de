"""Which entry is which page of a unit: by its address, and by a part of it where a source tells parts apart.

Stored hashes are of addresses without fragments. A part gets a hash of its own only when the page is taken already, so
that what was there before parts were told apart stays the same entry.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from advocacy.content.sources.addresses import canonical, fingerprint, part_of
from advocacy.content.sources.feeds import EntryFacts, opening_part
from advocacy.content.sources.models import SourceEntry, SourceFeed
from advocacy.foundation.db import session


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry leads: a page, and what tells it from others there, or nothing."""

    page: str
    part: str

    @classmethod
    def of_address(cls, url: str) -> "Place":
        """Return the place of an address. Raises ValueError."""
        return cls(canonical(url), part_of(url))

    @classmethod
    def of_entry(cls, entry: EntryFacts) -> "Place":
        """Return the place of what a source offers. Raises ValueError."""
        return cls(canonical(entry.url), entry.part or part_of(entry.url))

    @property
    def page_hash(self) -> bytes:
        return fingerprint(self.page)

    @property
    def part_hash(self) -> bytes:
        return fingerprint(f"{self.page}#{self.part}")

    @property
    def is_page_of_its_own(self) -> bool:
        """Return whether the part is how a site that is one script names its pages."""
        return self.part.startswith(("/", "!"))


@dataclass(frozen=True, slots=True)
class Holder:
    """The entry that has a hash: whether it is of the source that is read now, and what its part may be called."""

    is_own: bool
    parts: frozenset[str]


class Pages:
    """The pages of a unit while one source is taken in."""

    def __init__(self, source: SourceFeed, offered: Collection[Place]) -> None:
        wanted = {hash_ for place in offered for hash_ in (place.page_hash, place.part_hash)}
        rows = session.execute(
            select(SourceEntry.page_hash, SourceEntry.source_key, SourceEntry.url, SourceEntry.job).where(
                SourceEntry.unit_key == source.unit_key, SourceEntry.page_hash.in_(wanted)
            )
        )
        self._held = {row.page_hash: Holder(row.source_key == source.key, parts_of(row.url, row.job)) for row in rows}
        self._parts: dict[str, set[str]] = defaultdict(set)
        for place in offered:
            self._parts[place.page].add(place.part)

    def settle(self, place: Place) -> tuple[bytes, bool]:
        """Return the hash of an entry whose guid is unknown, and whether it is new rather than there already.

        A source that offers several parts of a page, now or earlier, means them all. Another source's single fragment
        may be anything, such as the comments of the same article: that stays one entry.
        """
        holder = self._held.get(place.page_hash)
        if place.part_hash in self._held:
            return place.part_hash, False
        if holder is None:
            self._held[place.page_hash] = Holder(True, frozenset({place.part}))
            return place.page_hash, True
        tells_apart = holder.is_own or len(self._parts[place.page]) > 1 or place.is_page_of_its_own
        if place.part in holder.parts or not tells_apart:
            return place.page_hash, False
        self._held[place.part_hash] = Holder(True, frozenset({place.part}))
        return place.part_hash, True


def parts_of(url: str, job: Mapping[str, Any] | None) -> frozenset[str]:
    """Return what the part of a stored entry may be called."""
    named = {opening_part(job.get("reference"), str(job.get("title")))} if job else set()
    return frozenset({part_of(url), *named})
