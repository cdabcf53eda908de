"""What the redirect says, as bytes. Texts are escaped, nothing is cached, nothing is set in the browser."""

import html
from dataclasses import dataclass

from config.settings import Settings

PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;margin:15vh auto;max-width:34rem;padding:0 1.5rem;color:#1d2b33;"
    "background:#fbfaf8}h1{font-size:1.5rem}@media(prefers-color-scheme:dark){body{color:#e8e6e1;background:#14191d}"
    "a{color:#9cc7ff}}"
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a preview bot is shown for a link."""

    title: str
    summary: str
    image_url: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer but for its date: `status` begins it, `rest` follows the date, `body` is left out on HEAD."""

    status: bytes
    rest: bytes
    body: bytes = b""

    def with_date(self, date: bytes, *, extra: bytes = b"", is_head: bool = False) -> bytes:
        return b"".join(
            (b"HTTP/1.1 ", self.status, b"\r\nDate: ", date, self.rest, extra, b"\r\n", b"" if is_head else self.body)
        )


class Answers:
    """Every answer of one deployment, made once."""

    def __init__(self, settings: Settings) -> None:
        self.organisation = html.escape(settings.organisation_name)
        self.link_url = settings.link_url
        secure = "\r\nStrict-Transport-Security: max-age=31536000" if settings.is_https else ""
        self._after_location = (
            f"\r\nCache-Control: private, no-store\r\nReferrer-Policy: strict-origin{secure}\r\nContent-Length: 0\r\n"
        ).encode()
        self._page_headers = (
            "\r\nCache-Control: private, no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff"
            f"\r\nX-Robots-Tag: noindex\r\nContent-Security-Policy: {PAGE_POLICY}{secure}"
        )
        self.alive = self._plain("200 OK", "ok\n")
        self.robots = self._plain("200 OK", "User-agent: *\nDisallow:\n")
        self.no_icon = self._plain("404 Not Found", "")
        self.bad_request = self._plain("400 Bad Request", "This is not a request we understand.\n")
        self.too_large = self._plain("431 Request Header Fields Too Large", "The request is too large.\n")
        self.wrong_method = self._plain("405 Method Not Allowed", "Only GET and HEAD.\n", "\r\nAllow: GET, HEAD")
        self.unknown = self._page(
            "404 Not Found",
            "We do not know this link",
            "It may have been typed wrongly or cut off. Please look again at where you found it.",
        )
        self.revoked = self._page(
            "410 Gone",
            "This link is no longer in use",
            "The person who shared it, or their organisation, took it back.",
        )
        self.outside = self._page(
            "403 Forbidden",
            "We do not follow this link",
            f"It leads to a site that is not on the list of {self.organisation}. Nothing was opened.",
        )
        self.too_many = self._page(
            "429 Too Many Requests",
            "Too many unknown links",
            "Many links that do not exist were asked for from your network. Please try again in a minute.",
            "\r\nRetry-After: 60",
        )
        self.away = self._page(
            "503 Service Unavailable",
            "Please try again in a moment",
            "We cannot look this link up right now.",
            "\r\nRetry-After: 5",
        )

    def redirect_rest(self, location: str) -> bytes:
        """Return what follows the date of a 302; the empty line is still missing, for a header more."""
        return b"\r\nLocation: " + location.encode("ascii") + self._after_location

    def preview(self, code: bytes, location: str, preview: Preview) -> Answer:
        """Return the page for preview bots: what the item says, and the way on for a person who comes this way."""
        here = html.escape(f"{self.link_url}/{code.decode('ascii')}")
        title, summary = html.escape(preview.title), html.escape(preview.summary)
        tags = [
            '<meta property="og:type" content="article">',
            f'<meta property="og:url" content="{here}">',
            f'<meta property="og:title" content="{title}">',
            f'<meta property="og:description" content="{summary}">',
            f'<meta property="og:site_name" content="{self.organisation}">',
            f'<meta name="description" content="{summary}">',
            f'<meta name="twitter:card" content="{"summary_large_image" if preview.image_url else "summary"}">',
        ]
        if preview.image_url:
            tags.append(f'<meta property="og:image" content="{html.escape(preview.image_url)}">')
        onward = f'<a href="{html.escape(location)}" rel="noreferrer">{title}</a>'
        return self._html(
            "200 OK", title, "".join(tags), f"<h1>{onward}</h1><p>{summary}</p>", language=preview.language
        )

    def _page(self, status: str, title: str, sentence: str, more: str = "") -> Answer:
        return self._html(status, title, "", f"<h1>{title}</h1><p>{sentence}</p>", more)

    def _html(self, status: str, title: str, tags: str, body: str, more: str = "", *, language: str = "en") -> Answer:
        page = (
            f'<!doctype html><html lang="{html.escape(language)}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>{tags}'
            f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
        ).encode("utf-8", "replace")
        return self._answer(status, "text/html; charset=utf-8", page, more)

    def _plain(self, status: str, text: str, more: str = "") -> Answer:
        return self._answer(status, "text/plain; charset=utf-8", text.encode(), more)

    def _answer(self, status: str, kind: str, body: bytes, more: str) -> Answer:
        headers = f"{self._page_headers}{more}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        return Answer(status.encode(), headers.encode(), body)
