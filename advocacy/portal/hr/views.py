"""All pages of recruiting, by importing the modules that hold them."""

from advocacy.portal.hr import connections, openings, reach
from advocacy.portal.hr.blueprint import blueprint

__all__ = ["blueprint", "connections", "openings", "reach"]
