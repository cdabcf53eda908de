"""One spelling for one page: what tells whether two links are the same thing worth sharing."""

import hashlib
from urllib.parse import unquote_plus

from advocacy.foundation.web_addresses import read_address

# Parameters that say where a reader came from, and nothing about the page.
TRACKING = frozenset(
    {
        "_ga",
        "_hsenc",
        "_hsmi",
        "at_campaign",
        "at_medium",
        "cmpid",
        "dclid",
        "fbclid",
        "gclid",
        "gclsrc",
        "igshid",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "msclkid",
        "ns_campaign",
        "oly_anon_id",
        "oly_enc_id",
        "pk_campaign",
        "ref_src",
        "s_cid",
        "twclid",
        "wt_mc",
        "yclid",
    }
)
PREFIXES = ("utm_", "itm_", "hsa_", "mtm_", "piwik_", "pk_")
INDEX_PAGES = ("/index.html", "/index.htm", "/index.php", "/default.aspx")


def without_tracking(url: str) -> str:
    """Return an address without the parameters that only say where a reader came from. Raises ValueError."""
    address = read_address(url)
    kept = "&".join(pair for pair in address.query.split("&") if pair and not _is_tracking(pair))
    base, mark, fragment = address.url.partition("#")
    return f"{base.partition('?')[0]}{'?' + kept if kept else ''}{mark}{fragment}"


def canonical(url: str) -> str:
    """Return the one spelling of a page's address, for comparing only: nobody is sent there. Raises ValueError.

    It has no fragment: whether that names a part worth an entry of its own depends on who names it, see `pages`.
    """
    address = read_address(url)
    host = address.host.removeprefix("www.").removeprefix("m.") if address.host.count(".") > 1 else address.host
    path = address.path
    for page in INDEX_PAGES:
        path = path[: -len(page)] + "/" if path.lower().endswith(page) else path
    path = path.rstrip("/") or "/"
    pairs = sorted(pair for pair in address.query.split("&") if pair and not _is_tracking(pair))
    port = f":{address.port}" if address.port is not None else ""
    return f"{host}{port}{path}{'?' + '&'.join(pairs) if pairs else ''}"


def part_of(url: str) -> str:
    """Return the part of a page that an address names by its fragment; empty for none. Raises ValueError.

    Words to be marked (`#:~:text=`) and where a reader came from name no part.
    """
    fragment = read_address(url).url.partition("#")[2].partition(":~:")[0]
    pairs = [pair for pair in fragment.split("&") if pair]
    return "" if all(_is_tracking(pair) or pair.startswith("xtor=") for pair in pairs) else fragment


def fingerprint(text: str) -> bytes:
    """Return a short fixed-size stand-in for a text of any length, for unique keys."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _is_tracking(pair: str) -> bool:
    name = unquote_plus(pair.partition("=")[0]).lower()
    return name in TRACKING or name.startswith(PREFIXES)
