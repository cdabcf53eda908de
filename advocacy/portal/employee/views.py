"""All pages of an employee, by importing the modules that hold them."""

from advocacy.portal.employee import conversations, counting, impact, my_data, shares, sharing, today, welcome
from advocacy.portal.employee.blueprint import blueprint

__all__ = ["blueprint", "conversations", "counting", "impact", "my_data", "shares", "sharing", "today", "welcome"]
