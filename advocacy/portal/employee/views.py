"""All pages of an employee, by importing the modules that hold them."""

from advocacy.portal.employee import (
    accounts,
    asked,
    conversations,
    counting,
    exported_numbers,
    from_mail,
    impact,
    installing,
    learning,
    my_data,
    notifications,
    overlap,
    own_visits,
    posting,
    private_feed,
    pushing,
    shares,
    sharing,
    slack,
    suggestions,
    today,
    welcome,
)
from advocacy.portal.employee.blueprint import blueprint

PARTS = (
    accounts,
    asked,
    conversations,
    counting,
    exported_numbers,
    from_mail,
    impact,
    installing,
    learning,
    my_data,
    notifications,
    overlap,
    own_visits,
    posting,
    private_feed,
    pushing,
    shares,
    sharing,
    slack,
    suggestions,
    today,
    welcome,
)

__all__ = ["PARTS", "blueprint"]
