"""JSON-LD in pages: found wherever it is nested, read as schema.org means it, forgiving how it is written."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from advocacy.content.unfurling.markup import (
    Element,
    instant_of,
    later_instant_of,
    plain_text,
    web_url,
)

MOST_BLOCKS = 40
MOST_NODES = 5_000
DEEPEST = 12
LONGEST_NAME = 200
LONGEST_DESCRIPTION = 2_000

_WRAPPING = re.compile(
    r"^\s*(<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[)|(-->|/\*\s*\]\]>\s*\*/|//\s*\]\]>|\]\]>)\s*;?\s*$"
)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobFacts:
    """One opening as its page tells of it."""

    title: str
    summary: str
    url: str | None
    reference: str | None
    organisation: str | None
    place: str | None
    employment: str | None
    posted_at: datetime | None
    ends_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()
        }


def nodes_of(root: Element) -> list[Node]:
    """Return every object of a page's JSON-LD, outer ones first. What is no JSON is passed over."""
    found: list[Node] = []
    for script in root.xpath("//script[@type]")[: 10 * MOST_BLOCKS]:
        if str(script.get("type")).partition(";")[0].strip().lower() != "application/ld+json":
            continue
        for node in _walk(_parsed(script.text or ""), 0):
            found.append(node)
            if len(found) >= MOST_NODES:
                return found
    return found


def _parsed(raw: str) -> Any:
    text = _WRAPPING.sub("", _WRAPPING.sub("", raw)).strip().rstrip(";")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _walk(value: Any, depth: int) -> Iterator[Node]:
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _walk(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, depth + 1)


def is_a(node: Node, *names: str) -> bool:
    """Return whether a node is of one of these types, however they are written."""
    kinds = node.get("@type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    return any(str(kind).rsplit("/", 1)[-1].rsplit(":", 1)[-1] in names for kind in listed)


def text_in(value: Any, longest: int = LONGEST_NAME, *, newlines: bool = False) -> str | None:
    """Return the words of a value: a text, a number, the name of an object, or the first of a list."""
    if isinstance(value, list):
        return next((text for text in (text_in(each, longest, newlines=newlines) for each in value[:20]) if text), None)
    if isinstance(value, Mapping):
        return text_in(value.get("name") or value.get("@value") or value.get("value"), longest, newlines=newlines)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return plain_text(str(value), longest, newlines=newlines) or None
    return None


def url_in(value: Any, base: str) -> str | None:
    """Return the web address of a value: a text, an object's url, or the first of a list."""
    if isinstance(value, list):
        return next((url for url in (url_in(each, base) for each in value[:20]) if url), None)
    if isinstance(value, Mapping):
        return url_in(value.get("url") or value.get("contentUrl") or value.get("@id"), base)
    return web_url(value, base) if isinstance(value, str) else None


def jobs_in(nodes: list[Node], base: str, most: int = 200) -> list[JobFacts]:
    """Return the openings of a page, each once."""
    found: dict[tuple[str | None, str], JobFacts] = {}
    for node in nodes:
        if is_a(node, "JobPosting") and (title := text_in(node.get("title") or node.get("name"))):
            job = _job(node, title, base)
            found.setdefault((job.reference or job.url, title), job)
            if len(found) >= most:
                break
    return list(found.values())


def _job(node: Node, title: str, base: str) -> JobFacts:
    return JobFacts(
        title=title,
        summary=text_in(node.get("description"), LONGEST_DESCRIPTION, newlines=True) or "",
        url=url_in(node.get("url") or node.get("mainEntityOfPage"), base),
        reference=_reference(node.get("identifier")),
        organisation=text_in(node.get("hiringOrganization")),
        place=_place(node),
        employment=_all(node.get("employmentType")),
        posted_at=instant_of(_string(node.get("datePosted"))),
        ends_at=later_instant_of(_string(node.get("validThrough"))),
    )


def _reference(identifier: Any) -> str | None:
    if isinstance(identifier, list):
        identifier = identifier[0] if identifier else None
    if isinstance(identifier, Mapping):
        identifier = identifier.get("value") or identifier.get("@value")
    return text_in(identifier)


def _place(node: Node) -> str | None:
    places = node.get("jobLocation")
    listed = places if isinstance(places, list) else [places]
    names: dict[str, None] = {}
    for place in listed[:5]:
        address = place.get("address") if isinstance(place, Mapping) else place
        if isinstance(address, Mapping):
            parts = [text_in(address.get(name)) for name in ("addressLocality", "addressRegion", "addressCountry")]
            name = ", ".join(dict.fromkeys(part for part in parts if part))
        else:
            name = text_in(address) or ""
        if name:
            names.setdefault(name)
    if str(node.get("jobLocationType", "")).upper() == "TELECOMMUTE":
        names.setdefault("TELECOMMUTE")
    return "; ".join(names) or None


def _all(value: Any) -> str | None:
    listed = value if isinstance(value, list) else [value]
    return ", ".join(text for text in (text_in(each) for each in listed[:5]) if text) or None


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None
