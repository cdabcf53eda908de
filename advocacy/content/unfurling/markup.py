"""From bytes of others to plain text. No markup of theirs is kept: what is stored is text, and pages escape it."""

import codecs
import html
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import lxml.html
from lxml import etree

from advocacy.foundation import clock
from advocacy.foundation.fields import unfit_character
from advocacy.foundation.web_addresses import read_address

# An element of a parsed page: the parser brings no types.
Element = Any

HEAD_BYTES = 4_096
ELLIPSIS = "…"

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([a-zA-Z0-9_:.-]{2,40})["']""")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What the standards read differently from what their names say.
_READ_AS = {"iso-8859-1": "windows-1252", "latin-1": "windows-1252", "latin1": "windows-1252", "ascii": "windows-1252"}
# Codecs that Python knows by name and that are no charsets: some make text that cannot be kept, or never work.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_TAG = re.compile(
    r"</?(a|abbr|article|b|blockquote|br|code|dd|div|dl|dt|em|figure|font|h[1-6]|hr|i|iframe|img|li|ol|p|pre|s|script"
    r"|section|small|span|strong|style|sub|sup|svg|table|tbody|td|th|tr|u|ul|video)(\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table"}
    | {"td", "th", "tr", "ul"}
)
_SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "title"})
_SPACES = re.compile(r"[ \t\f\v\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]+")
# They turn the direction of what follows, so that a name reads as another one.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}([-_][a-zA-Z0-9]{2,8})*\Z")


def decode(content: bytes, told_charset: str | None) -> str:
    """Return a document as text: its byte order mark decides, then what the server said, then the document itself."""
    for mark, name in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    found = _XML_ENCODING.search(content[:HEAD_BYTES]) or _META_CHARSET.search(content[:HEAD_BYTES])
    written = found[1].decode("ascii") if found else None
    names = [told for told in (told_charset, written, "utf-8") if told]
    for name in names:
        known = name.strip().strip("\"'").lower()
        try:
            if codecs.lookup(known).name.replace("_", "-") in _NO_CHARSETS:
                continue
            return content.decode(_READ_AS.get(known, known))
        except (LookupError, UnicodeError):
            continue
    return content.decode("windows-1252", "replace")


def charset_of(content_type: str) -> str | None:
    """Return the charset of a Content-Type header, or None."""
    found = re.search(r"charset\s*=\s*[\"']?([^\s;\"']+)", content_type, re.IGNORECASE)
    return found[1] if found else None


def parse_html(text: str) -> Element | None:
    """Return the root of a page, or None where there is nothing. Nothing is loaded from anywhere."""
    # A declaration of an encoding would contradict the text, which is decoded already.
    bare = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.replace("\x00", ""), count=1)
    if not bare.strip():
        return None
    parser = lxml.html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(bare, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def plain_text(raw: str, longest: int, *, is_markup: bool = True, newlines: bool = False) -> str:
    """Return text as people read it: no tags, entities decoded (also when somebody encoded them twice), shortened.

    `is_markup=False` keeps what looks like a tag, for text that was taken out of its markup already.
    """
    text = _COMMENT.sub(" ", raw) if is_markup else raw
    for _round in range(2):
        if is_markup and _TAG.search(text):
            text = _without_tags(text)
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    if is_markup and _TAG.search(text):
        text = _without_tags(text)
    return shortened(_tidied(text, newlines=newlines), longest)


def _without_tags(text: str) -> str:
    root = parse_html(f"<body>{text}")
    if root is None:
        return ""
    pieces: list[str] = []

    def walk(node: Element, depth: int) -> None:
        name = node.tag if isinstance(node.tag, str) else ""
        if name not in _SILENT and depth < 200:
            if name in _BLOCKS:
                pieces.append("\n")
            pieces.append(node.text or "")
            for child in node:
                walk(child, depth + 1)
                pieces.append(child.tail or "")
            if name in _BLOCKS:
                pieces.append("\n")

    body = root.find("body")
    walk(body if body is not None else root, 0)
    return "".join(pieces)


def _tidied(text: str, *, newlines: bool) -> str:
    text = _DIRECTIONS.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))
    text = "".join(letter for letter in text if unfit_character(letter) is None and letter != "\u00ad")
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    kept = [line for line in lines if line]
    return ("\n" if newlines else " ").join(kept)


def shortened(text: str, longest: int) -> str:
    """Return at most so many characters, cut between words where there are any."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    at = cut.rfind(" ")
    return (cut[:at] if at > longest // 2 else cut).rstrip(" ,;:-–—") + ELLIPSIS


def web_url(raw: str | None, base: str) -> str | None:
    """Return an absolute web address for a link found on a page, or None: no scripts, data, files, or credentials."""
    text = re.sub(r"[\t\n\r]", "", (raw or "").strip())
    if not text:
        return None
    try:
        return read_address(urljoin(base, text).replace(" ", "%20")).url
    except ValueError:
        return None


def instant_of(raw: str | None) -> datetime | None:
    """Return the instant a page or feed tells, or None for what is no date, or one that cannot be."""
    text = (raw or "").strip()
    found = _iso(text) or _rfc(text)
    if found is None:
        return None
    try:
        aware = (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return aware if datetime(1995, 1, 1, tzinfo=UTC) <= aware <= clock.now() + timedelta(days=2) else None


def later_instant_of(raw: str | None) -> datetime | None:
    """Return an instant that may lie ahead, such as the last day of a job, or None."""
    text = (raw or "").strip()
    found = _iso(text) or _rfc(text)
    if found is None or not 1995 <= found.year <= 2200:
        return None
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _rfc(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def language_of(raw: str | None) -> str | None:
    """Return a language's code such as `de` or `pt-BR`, or None."""
    text = (raw or "").split(",")[0].strip()
    if not _LANGUAGE.match(text):
        return None
    first, *rest = text.replace("_", "-").split("-")
    region = next((part.upper() for part in rest if len(part) == 2 and part.isalpha()), None)
    return f"{first.lower()}-{region}" if region and first.lower() in {"pt", "zh"} else first.lower()
