"""What a page says about itself: Open Graph, Twitter cards, JSON-LD and plain HTML, the most telling first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from advocacy.content.models import ItemKind
from advocacy.content.unfurling.linked_data import JobFacts, Node, is_a, jobs_in, nodes_of, text_in, url_in
from advocacy.content.unfurling.markup import (
    Element,
    charset_of,
    decode,
    instant_of,
    language_of,
    parse_html,
    plain_text,
    web_url,
)
from advocacy.content.wording import LONGEST_ALTERNATIVE, LONGEST_SUMMARY, LONGEST_TITLE
from advocacy.foundation.web_addresses import read_address

PAGE_TYPES = ("text/html", "application/xhtml+xml")
LONGEST_NAME = 100
MOST_METAS = 500
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")
ARTICLES = ("Article", "NewsArticle", "BlogPosting", "TechArticle", "Report", "WebPage", "VideoObject", "Event")


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What was found on a page, as plain text; empty or None where it says nothing."""

    url: str
    title: str
    summary: str
    site: str
    kind: ItemKind
    author: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    image_url: str | None = None
    image_alternative: str | None = None
    jobs: list[JobFacts] = field(default_factory=list)
    feeds: list[str] = field(default_factory=list)


def read_page(content: bytes, content_type: str, url: str) -> PageFacts:
    """Return what a page at an address says about itself. Never raises for what others wrote."""
    root = parse_html(decode(content, charset_of(content_type)))
    host = read_address(url).host.removeprefix("www.")
    if root is None:
        return PageFacts(url=url, title="", summary="", site=host, kind=ItemKind.ARTICLE)
    base = web_url(_first(root, "//base/@href"), url) or url
    metas = _metas(root)
    nodes = nodes_of(root)
    about = next((node for node in nodes if is_a(node, *ARTICLES)), {})
    jobs = jobs_in(nodes, base)
    job = jobs[0] if len(jobs) == 1 else None
    return PageFacts(
        url=_canonical(root, metas, base, url),
        title=(job.title if job else "") or _title(root, metas, about),
        summary=(job.summary if job else "") or _summary(metas, about),
        site=plain_text(metas.get("og:site_name") or _publisher(nodes) or "", LONGEST_NAME, is_markup=False) or host,
        kind=_kind(metas, nodes, job),
        author=_author(metas, about),
        published_at=_published(root, metas, about, job),
        language=language_of(root.get("lang") or metas.get("content-language") or metas.get("og:locale")),
        image_url=_image(root, metas, about, base),
        image_alternative=plain_text(
            metas.get("og:image:alt") or metas.get("twitter:image:alt") or "", LONGEST_ALTERNATIVE, is_markup=False
        )
        or None,
        jobs=jobs,
        feeds=_feeds(root, base),
    )


def _metas(root: Element) -> dict[str, str]:
    """Return the first value of each meta element by its name in lower case."""
    found: dict[str, str] = {}
    for meta in root.xpath("//meta[@content]")[:MOST_METAS]:
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or ""
        value = meta.get("content") or ""
        if value.strip():
            found.setdefault(name.strip().lower(), value)
    return found


def _first(root: Element, path: str) -> str | None:
    found = root.xpath(path)
    return found if isinstance(found, str) else str(found[0]) if found else None


def _title(root: Element, metas: dict[str, str], about: Node) -> str:
    candidates: Iterable[str | None] = (
        metas.get("og:title"),
        metas.get("twitter:title"),
        text_in(about.get("headline"), LONGEST_TITLE),
        _first(root, "string(//head/title)") or _first(root, "string(//title)"),
        _first(root, "string(//h1)"),
    )
    return next(
        (text for text in (plain_text(raw or "", LONGEST_TITLE, is_markup=False) for raw in candidates) if text), ""
    )


def _summary(metas: dict[str, str], about: Node) -> str:
    candidates = (
        metas.get("og:description"),
        metas.get("twitter:description"),
        metas.get("description"),
        text_in(about.get("description"), LONGEST_SUMMARY),
    )
    return next(
        (text for text in (plain_text(raw or "", LONGEST_SUMMARY, newlines=True) for raw in candidates) if text), ""
    )


def _publisher(nodes: list[Node]) -> str | None:
    return next((name for node in nodes if (name := text_in(node.get("publisher")))), None)


def _kind(metas: dict[str, str], nodes: list[Node], job: JobFacts | None) -> ItemKind:
    told = metas.get("og:type", "").lower()
    if job is not None:
        return ItemKind.JOB
    if told.startswith("video") or any(is_a(node, "VideoObject") for node in nodes[:1]):
        return ItemKind.VIDEO
    if any(is_a(node, "Event", "BusinessEvent", "EducationEvent", "ExhibitionEvent") for node in nodes):
        return ItemKind.EVENT
    return ItemKind.ARTICLE


def _author(metas: dict[str, str], about: Node) -> str | None:
    candidates = (metas.get("author"), metas.get("article:author"), metas.get("twitter:creator"), about.get("author"))
    names = (text_in(raw, LONGEST_NAME) for raw in candidates)
    return next((name for name in names if name and "://" not in name), None)


def _published(root: Element, metas: dict[str, str], about: Node, job: JobFacts | None) -> datetime | None:
    if job is not None and job.posted_at is not None:
        return job.posted_at
    told = about.get("datePublished")
    candidates = (
        metas.get("article:published_time"),
        told if isinstance(told, str) else None,
        metas.get("datepublished"),
        metas.get("date"),
        metas.get("dc.date"),
        _first(root, "//article//time/@datetime"),
    )
    return next((instant for instant in map(instant_of, candidates) if instant is not None), None)


def _image(root: Element, metas: dict[str, str], about: Node, base: str) -> str | None:
    candidates = (
        metas.get("og:image:secure_url"),
        metas.get("og:image:url"),
        metas.get("og:image"),
        metas.get("twitter:image"),
        metas.get("twitter:image:src"),
        _first(root, "//link[contains(concat(' ', @rel, ' '), ' image_src ')]/@href"),
    )
    told = next((url for url in (web_url(raw, base) for raw in candidates) if url), None)
    return told or url_in(about.get("image") or about.get("thumbnailUrl"), base)


def _canonical(root: Element, metas: dict[str, str], base: str, url: str) -> str:
    """Return the address the page calls its own, where that is on the same host; else where it was found."""
    raw = _first(root, "//link[translate(@rel, 'CANOIL', 'canoil') = 'canonical']/@href") or metas.get("og:url")
    told = web_url(raw, base)
    here = read_address(url).host.removeprefix("www.")
    return told if told and read_address(told).host.removeprefix("www.") == here else url


def _feeds(root: Element, base: str) -> list[str]:
    found: dict[str, None] = {}
    for link in root.xpath("//link[@href][@type][@rel]")[:100]:
        kind = str(link.get("type")).partition(";")[0].strip().lower()
        if "alternate" in str(link.get("rel")).lower().split() and kind in FEED_TYPES:
            address = web_url(link.get("href"), base)
            if address:
                found.setdefault(address)
    return list(found)
