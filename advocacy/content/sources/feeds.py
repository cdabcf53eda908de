"""Feeds as they really are: RSS, Atom, RDF, JSON Feed and pages with job data, read into one plain shape."""

import enum
import json
import re
import time
from calendar import timegm
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import feedparser

from advocacy.content.models import ItemKind
from advocacy.content.unfurling.linked_data import JobFacts
from advocacy.content.unfurling.markup import charset_of, decode, instant_of, language_of, plain_text, web_url
from advocacy.content.unfurling.reading import read_page
from advocacy.content.wording import LONGEST_SUMMARY, LONGEST_TITLE

TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
    "application/feed+json",
    "application/json",
    "text/html",
    "application/xhtml+xml",
    # Servers that know no better.
    "text/plain",
    "application/octet-stream",
    "text/rss+xml",
    "application/x-rss+xml",
)
MOST_ENTRIES = 100
MOST_LOOKED_AT = 500
LONGEST_GUID = 2_000
LONGEST_NAME = 100
TITLE_FROM_SUMMARY = 90

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[)?", re.IGNORECASE)
_HTML_START = re.compile(r"<(!doctype\s+)?html", re.IGNORECASE)
_XML_ROOT = re.compile(r"<(rss|feed|rdf:RDF|([a-z0-9]+:)?(feed|rss))[\s>]", re.IGNORECASE)
_STRAY_AMPERSAND = re.compile(r"&(?!#?\w{1,32};)")
_ENDS = {"item": "</channel></rss>", "entry": "</feed>"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_JSON_FEED = re.compile(r"https?://(www\.)?jsonfeed\.org/version/1")


class SourceKind(enum.StrEnum):
    RSS = "rss"
    ATOM = "atom"
    JSON_FEED = "json_feed"
    JOBS = "jobs"


class FeedProblem(enum.StrEnum):
    """Why a document that came in was no use. Values are stored beside those of `Refusal`."""

    NO_FEED = "no_feed"
    UNREADABLE = "unreadable"
    FORBIDDEN_XML = "forbidden_xml"


class NotAFeed(Exception):
    """A document that is no feed. `feeds` are addresses of feeds that it names."""

    def __init__(self, problem: FeedProblem, feeds: Iterable[str] = ()) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.feeds = tuple(feeds)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """One thing a feed offers, as plain text. `guid` is what makes it the same thing next time.

    `part` tells openings apart that have no page of their own.
    """

    guid: str
    url: str
    title: str
    summary: str
    kind: ItemKind = ItemKind.ARTICLE
    author: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    image_url: str | None = None
    job: JobFacts | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    kind: SourceKind
    title: str
    language: str | None
    entries: list[EntryFacts] = field(default_factory=list)


def read_feed(content: bytes, content_type: str, url: str) -> Feed:
    """Return what a document offers, newest first, whatever its server called it. Raises NotAFeed."""
    text = decode(content, charset_of(content_type)).lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return _json_feed(text, url)
    if _XML_ROOT.search(text[:4_096]) and not _HTML_START.match(_after_comments(text[:4_096])):
        return _xml_feed(text, url)
    page = read_page(content, content_type, url)
    if page.feeds and not page.jobs:
        raise NotAFeed(FeedProblem.NO_FEED, page.feeds)
    if not page.jobs:
        raise NotAFeed(FeedProblem.NO_FEED if page.title else FeedProblem.UNREADABLE)
    at_one_address = Counter(job.url for job in page.jobs)
    entries = [
        _of_job(job, page.url, page.image_url, has_own_page=job.url is not None and at_one_address[job.url] == 1)
        for job in page.jobs
    ]
    return Feed(SourceKind.JOBS, page.site, page.language, _newest(entries))


def _after_comments(text: str) -> str:
    """Return a document without the comments before its root. One pass: a pattern could be made to take for ever."""
    while (text := text.lstrip()).startswith("<!--"):
        text = text.partition("-->")[2]
    return text


def _xml_feed(text: str, url: str) -> Feed:
    parsed = feedparser.parse(
        BytesIO(_harmless(text).encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        sanitize_html=False,  # nothing of its markup is kept
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.entries:
        raise NotAFeed(FeedProblem.UNREADABLE)
    about = parsed.feed
    kind = SourceKind.ATOM if str(parsed.get("version", "")).startswith("atom") else SourceKind.RSS
    entries = [entry for raw in parsed.entries[:MOST_LOOKED_AT] if (entry := _of_xml(raw, url)) is not None]
    return Feed(
        kind, plain_text(_text(about, "title"), LONGEST_NAME), language_of(about.get("language")), _newest(entries)
    )


def _harmless(text: str) -> str:
    """Return XML without what can hurt: no document type, no entities of its own, no forbidden characters.

    Raises NotAFeed where the document defines entities: no feed needs any.
    """
    found = _DOCTYPE.search(text)
    if found is not None:
        if found[1] or "<!ENTITY" in text[found.start() : found.start() + 100_000]:
            raise NotAFeed(FeedProblem.FORBIDDEN_XML)
        text = text[: found.start()] + text[text.find(">", found.end() - 1) + 1 :]
    if "<!ENTITY" in text[:100_000]:
        raise NotAFeed(FeedProblem.FORBIDDEN_XML)
    bare = _FORBIDDEN.sub("", _XML_DECLARATION.sub("", text, count=1))
    return '<?xml version="1.0" encoding="utf-8"?>' + _mended(_cut(bare))


def _cut(text: str) -> str:
    """Return a document of very many entries without its end: the parser is slow, and feeds have the newest first."""
    for name, end in _ENDS.items():
        mark = f"</{name}>"
        if text.count(mark) > MOST_LOOKED_AT:
            parts = text.split(mark, MOST_LOOKED_AT)
            return mark.join(parts[:-1]) + mark + ("</rdf:RDF>" if "<rdf:RDF" in text[:4_096] else end)
    return text


def _mended(text: str) -> str:
    """Return XML whose stray ampersands are escaped outside CDATA: a common mistake, and ruinous for the parser."""
    pieces: list[str] = []
    place = 0
    while (start := text.find("<![CDATA[", place)) >= 0 and (end := text.find("]]>", start)) >= 0:
        pieces += [_STRAY_AMPERSAND.sub("&amp;", text[place:start]), text[start : end + 3]]
        place = end + 3
    return "".join([*pieces, _STRAY_AMPERSAND.sub("&amp;", text[place:])])


def _of_xml(raw: Mapping[str, Any], url: str) -> EntryFacts | None:
    address = _link_of(raw, url)
    title = plain_text(_text(raw, "title"), LONGEST_TITLE)
    body = _text(raw, "summary") or next((str(each.get("value", "")) for each in raw.get("content", [])), "")
    summary = plain_text(body, LONGEST_SUMMARY, newlines=True)
    return _entry(
        guid=str(raw.get("id") or ""),
        url=address,
        title=title,
        summary=summary,
        author=plain_text(str(raw.get("author") or ""), LONGEST_NAME) or None,
        published_at=_instant(raw),
        language=language_of(raw.get("language") or (raw.get("title_detail") or {}).get("language")),
        image_url=_picture(raw, url),
    )


def _link_of(raw: Mapping[str, Any], url: str) -> str | None:
    """Return the page an entry is about: its alternate link, else whatever address it has that is one."""
    links = [each for each in raw.get("links", []) if each.get("rel", "alternate") == "alternate"]
    pages = sorted(links, key=lambda each: "html" not in str(each.get("type", "text/html")))
    candidates = [each.get("href") for each in pages] + [raw.get("link"), raw.get("feedburner_origlink")]
    if raw.get("guidislink") or str(raw.get("id", "")).startswith(("http://", "https://")):
        candidates.append(raw.get("id"))
    base = str((raw.get("title_detail") or raw.get("summary_detail") or {}).get("base") or url)
    return next((address for each in candidates if (address := web_url(each, web_url(base, url) or url))), None)


def _picture(raw: Mapping[str, Any], url: str) -> str | None:
    media = [each for each in raw.get("media_content", []) if _is_picture(each)]
    media += raw.get("media_thumbnail", [])
    media += [{"url": each.get("href")} for each in raw.get("enclosures", []) if _is_picture(each)]
    return next((address for each in media if (address := web_url(each.get("url"), url))), None)


def _is_picture(media: Mapping[str, Any]) -> bool:
    return str(media.get("type", "")).startswith("image/") or media.get("medium") == "image"


def _instant(raw: Mapping[str, Any]) -> datetime | None:
    for name in ("published", "created", "updated"):
        if not dict.__contains__(raw, name):  # asking would answer with another date
            continue
        parsed: time.struct_time | None = raw.get(f"{name}_parsed")
        written = str(raw.get(name) or "")
        try:
            found = datetime.fromtimestamp(timegm(parsed), UTC).isoformat() if parsed else written
        except (ValueError, OverflowError, OSError):
            found = written
        if (instant := instant_of(found)) is not None:
            return instant
    return None


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _json_feed(text: str, url: str) -> Feed:
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise NotAFeed(FeedProblem.UNREADABLE) from error
    if not isinstance(document, dict) or not _JSON_FEED.match(str(document.get("version", ""))):
        raise NotAFeed(FeedProblem.NO_FEED)
    items = document.get("items")
    base = web_url(_plain(document.get("feed_url")), url) or url
    entries = [
        entry
        for raw in (items if isinstance(items, list) else [])[:MOST_LOOKED_AT]
        if isinstance(raw, dict) and (entry := _of_json(raw, base)) is not None
    ]
    return Feed(
        SourceKind.JSON_FEED,
        plain_text(_plain(document.get("title")), LONGEST_NAME, is_markup=False),
        language_of(_plain(document.get("language"))),
        _newest(entries),
    )


def _of_json(raw: Mapping[str, Any], base: str) -> EntryFacts | None:
    authors = raw.get("authors") or [raw.get("author")]
    names = [each.get("name") for each in authors if isinstance(each, dict)] if isinstance(authors, list) else []
    body = _plain(raw.get("summary")) or _plain(raw.get("content_text"))
    summary = plain_text(body, LONGEST_SUMMARY, is_markup=False, newlines=True) or plain_text(
        _plain(raw.get("content_html")), LONGEST_SUMMARY, newlines=True
    )
    pages = (web_url(_plain(raw.get(name)), base) for name in ("external_url", "url"))
    pictures = (web_url(_plain(raw.get(name)), base) for name in ("image", "banner_image"))
    dates = (instant_of(_plain(raw.get(name))) for name in ("date_published", "date_modified"))
    return _entry(
        guid=_plain(raw.get("id")),
        url=next((page for page in pages if page), None),
        title=plain_text(_plain(raw.get("title")), LONGEST_TITLE, is_markup=False),
        summary=summary,
        author=plain_text(_plain(next(iter(names), None)), LONGEST_NAME, is_markup=False) or None,
        published_at=next((instant for instant in dates if instant), None),
        language=language_of(_plain(raw.get("language"))),
        image_url=next((picture for picture in pictures if picture), None),
    )


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _entry(*, guid: str, url: str | None, title: str, summary: str, **rest: Any) -> EntryFacts | None:
    """Return an entry, or None for one that leads nowhere or says nothing."""
    if url is None or not (title or summary):
        return None
    name = title or plain_text(summary.split("\n", 1)[0], TITLE_FROM_SUMMARY, is_markup=False)
    return EntryFacts(guid=guid.strip()[:LONGEST_GUID] or url, url=url, title=name, summary=summary, **rest)


def opening_part(reference: str | None, title: str) -> str:
    """Return what tells an opening from others on the same page. No fragment has a blank in it."""
    return f"opening {reference or title}"


def _of_job(job: JobFacts, page_url: str, image_url: str | None, *, has_own_page: bool) -> EntryFacts:
    address = job.url or page_url
    return EntryFacts(
        guid=job.reference or (address if has_own_page else f"{address}#{job.title}"),
        url=address,
        title=job.title,
        summary=job.summary,
        kind=ItemKind.JOB if job.reference else ItemKind.ARTICLE,
        author=job.organisation,
        published_at=job.posted_at,
        image_url=image_url,
        job=job,
        part="" if has_own_page else opening_part(job.reference, job.title),
    )


def _newest(entries: list[EntryFacts]) -> list[EntryFacts]:
    """Return the newest entries, each once; what has no date stays where the feed put it, behind the dated."""
    once = list({entry.guid: entry for entry in reversed(entries)}.values())[::-1]
    dated = sorted((entry for entry in once if entry.published_at), key=_published, reverse=True)
    return (dated + [entry for entry in once if not entry.published_at])[:MOST_ENTRIES]


def _published(entry: EntryFacts) -> datetime:
    assert entry.published_at is not None  # noqa: S101 - only dated ones are sorted
    return entry.published_at
