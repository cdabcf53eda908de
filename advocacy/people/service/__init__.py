"""Commands about people: the roster, units, consent, networks, leaving and erasing."""

from advocacy.people.service.consent import (
    acknowledge_policy,
    ensure_policy,
    find_locked,
    grant_consent,
    lock_employee,
    publish_policy,
    withdraw_consent,
    withdraw_for,
)
from advocacy.people.service.headcounts import count_heads, days_to_count
from advocacy.people.service.leaving import (
    erase,
    erase_month,
    erase_rest,
    ledger_months,
    mark_left,
    part_with_leavers,
    reapply_tombstones,
    write_down_leavers,
)
from advocacy.people.service.profiles import (
    change_language,
    complete_onboarding,
    follow_topics,
    make_audience,
    make_topic,
    remove_network_profile,
    replace_network_profiles,
    require_taking_part,
    set_network_profile,
)
from advocacy.people.service.roster import ImportReport, RosterRefused, import_people
from advocacy.people.service.units import close_unit, make_unit, place_unit, rebuild_tree

__all__ = [
    "ImportReport",
    "RosterRefused",
    "acknowledge_policy",
    "change_language",
    "close_unit",
    "complete_onboarding",
    "count_heads",
    "days_to_count",
    "ensure_policy",
    "erase",
    "erase_month",
    "erase_rest",
    "find_locked",
    "follow_topics",
    "grant_consent",
    "import_people",
    "ledger_months",
    "lock_employee",
    "make_audience",
    "make_topic",
    "make_unit",
    "mark_left",
    "part_with_leavers",
    "place_unit",
    "publish_policy",
    "reapply_tombstones",
    "rebuild_tree",
    "remove_network_profile",
    "replace_network_profiles",
    "require_taking_part",
    "set_network_profile",
    "withdraw_consent",
    "withdraw_for",
    "write_down_leavers",
]
