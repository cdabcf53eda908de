"""Commands about people: the roster, units, consent, networks, leaving and erasing."""

from advocacy.people.service.consent import (
    acknowledge_policy,
    grant_consent,
    lock_employee,
    publish_policy,
    withdraw_consent,
    withdraw_for,
)
from advocacy.people.service.profiles import (
    change_language,
    complete_onboarding,
    follow_topics,
    make_audience,
    make_topic,
    remove_network_profile,
    require_taking_part,
    set_network_profile,
)
from advocacy.people.service.units import close_unit, make_unit, place_unit, rebuild_tree

__all__ = [
    "acknowledge_policy",
    "change_language",
    "close_unit",
    "complete_onboarding",
    "follow_topics",
    "grant_consent",
    "lock_employee",
    "make_audience",
    "make_topic",
    "make_unit",
    "place_unit",
    "publish_policy",
    "rebuild_tree",
    "remove_network_profile",
    "require_taking_part",
    "set_network_profile",
    "withdraw_consent",
    "withdraw_for",
]
