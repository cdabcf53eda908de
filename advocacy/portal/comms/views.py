"""All pages of content's makers, by importing the modules that hold them."""

__all__ = ["blueprint", "compose", "inbox", "review", "sources", "studio", "unfurls"]
from advocacy.portal.comms import compose, inbox, review, sources, studio, unfurls
from advocacy.portal.comms.blueprint import blueprint
