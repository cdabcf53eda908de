"""All pages of content's makers, by importing the modules that hold them."""

from advocacy.portal.comms import announcing, compose, review, studio, unfurls
from advocacy.portal.comms.blueprint import blueprint

__all__ = ["announcing", "blueprint", "compose", "review", "studio", "unfurls"]
