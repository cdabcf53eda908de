"""Where a tracked link leads: the stored destination with our campaign parameters, on an allowed host."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote_plus

from flask_babel import gettext as _

from advocacy.foundation.errors import Conflict
from advocacy.foundation.web_addresses import LONGEST_URL, host_matches, read_address

UTM_MEDIUM = "employee-advocacy"


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts links may lead to, as read at one moment. Compares equal when nothing changed."""

    entries: frozenset[tuple[str, bool]]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, bool]]) -> "AllowedHosts":
        return cls(frozenset(rows))

    def covers(self, host: str) -> bool:
        return any(host_matches(host, allowed, includes) for allowed, includes in self.entries)

    def allows(self, url: str) -> bool:
        """Return whether a stored destination is a well-formed web address on one of these hosts."""
        try:
            address = read_address(url)
        except ValueError:
            return False
        return self.covers(address.host)


def tracked_destination(url: str, *, source: str, campaign: str, content: str | None = None) -> str:
    """Return the destination with campaign parameters added, so that the site's own analytics can tell us apart.

    A parameter that the address already has is left as it is. Nothing about the person who shares is added: `content`
    is for a caption or format, never for a person. Where there is no room for them they are left out. Raises Conflict
    when `url` is no acceptable web address.
    """
    try:
        address = read_address(url)
    except ValueError as error:  # it was stored before its length was checked
        raise Conflict(
            _("The link of this item cannot be followed. Ask those who made it for a version with another one.")
        ) from error
    present = {unquote_plus(pair.partition("=")[0]).lower() for pair in address.query.split("&")}
    wanted = {"utm_source": source, "utm_medium": UTM_MEDIUM, "utm_campaign": campaign, "utm_content": content or ""}
    added = [f"{name}={quote(value, safe='')}" for name, value in wanted.items() if value and name not in present]
    query = "&".join(filter(None, [address.query, *added]))
    base, mark, fragment = address.url.partition("#")
    path = base.partition("?")[0]
    tracked = f"{path}{'?' + query if query else ''}{mark}{fragment}"
    # Older items may have longer destinations: a link that nobody would follow is worse than one without parameters.
    return tracked if len(tracked) <= LONGEST_URL else address.url
