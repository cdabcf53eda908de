"""All pages of content's makers, by importing the modules that hold them."""

from advocacy.portal.comms import (
    announcing,
    bulk,
    calendar,
    campaigns,
    compose,
    corrections,
    goals,
    inbox,
    lessons,
    qr_code,
    records,
    review,
    sources,
    studio,
    unfinished,
    unfurls,
    versions,
)
from advocacy.portal.comms.blueprint import blueprint

__all__ = [
    "announcing",
    "blueprint",
    "bulk",
    "calendar",
    "campaigns",
    "compose",
    "corrections",
    "goals",
    "inbox",
    "lessons",
    "qr_code",
    "records",
    "review",
    "sources",
    "studio",
    "unfinished",
    "unfurls",
    "versions",
]
