"""The portal's map: which pages there are, in which area, and who sees them. A test holds it against the routes."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _

from advocacy.foundation.access import Actor, Permission


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the navigation. `also` names endpoints that belong to it and have no entry of their own."""

    endpoint: str
    label: Any
    icon: str
    permission: Permission
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    label: Any
    pages: tuple[Page, ...]
    on_phone_tabs: bool = False


AREAS: tuple[Area, ...] = (
    Area(
        _("For you"),
        (
            Page(
                "employee.today",
                _("Today"),
                "sun",
                Permission.FEED_READ,
                (
                    "employee.share_sheet",
                    "employee.shared",
                    "employee.posting",
                    "employee.qr_code",
                    "employee.suggestions",
                    "employee.suggest",
                ),
            ),
            Page(
                "employee.shares",
                _("My shares"),
                "share",
                Permission.SHARES_READ,
                (
                    "employee.share",
                    "employee.planned",
                    "employee.open_planned",
                    "employee.numbers_form",
                    "employee.check_numbers",
                    "employee.keep_numbers",
                ),
            ),
            Page(
                "employee.conversations",
                _("Conversations"),
                "messages",
                Permission.CONVERSATIONS_READ,
                ("employee.note_conversation", "employee.save_conversation"),
            ),
            Page("employee.impact", _("My impact"), "chart-dots", Permission.SHARES_READ),
            Page(
                "employee.my_data",
                _("My data"),
                "shield-lock",
                Permission.PROFILE_READ,
                (
                    "employee.network_overlap",
                    "employee.accounts",
                    "employee.connect_account",
                    "employee.connecting_account",
                    "employee.notifications",
                    "employee.notification_settings",
                    "employee.change_notification_settings",
                    "employee.make_feed",
                ),
            ),
            # The sixth: a phone's bar has room for five, so there it stands in one's own menu.
            Page(
                "employee.learn",
                _("Learn"),
                "school",
                Permission.FEED_READ,
                ("employee.lesson", "employee.answer_lesson", "employee.own_certificate"),
            ),
            Page("employee.together", _("Together"), "heart-handshake", Permission.FEED_READ, ("employee.weeks",)),
        ),
        on_phone_tabs=True,
    ),
    Area(
        _("Content"),
        (
            Page(
                "comms.studio",
                _("Studio"),
                "layout-kanban",
                Permission.CONTENT_READ,
                (
                    "comms.item",
                    "comms.qr_code",
                    "comms.submit",
                    "comms.withdraw",
                    "comms.act_on_many",
                    "comms.version",
                    "comms.announce_form",
                    "comms.announce",
                ),
            ),
            Page("comms.calendar", _("Calendar"), "calendar", Permission.CONTENT_READ),
            Page(
                "comms.campaigns",
                _("Campaigns"),
                "flag",
                Permission.CONTENT_READ,
                (
                    "comms.campaign",
                    "comms.new_campaign",
                    "comms.start_campaign",
                    "comms.edit_campaign",
                    "comms.change_campaign",
                ),
            ),
            Page(
                "comms.compose",
                _("Compose"),
                "pencil",
                Permission.CONTENT_WRITE,
                ("comms.write", "comms.edit", "comms.change", "comms.drop_unfinished"),
            ),
            Page(
                "comms.inbox",
                _("Inbox"),
                "inbox",
                Permission.CONTENT_WRITE,
                ("comms.sources", "comms.add_source", "comms.decide_entries"),
            ),
            Page(
                "comms.lessons",
                _("Lessons"),
                "school",
                Permission.CONTENT_READ,
                ("comms.lesson", "comms.new_lesson", "comms.save_lesson", "comms.publish_lesson"),
            ),
            Page("comms.goals", _("Goals of units"), "target", Permission.CONTENT_WRITE, ("comms.set_goal",)),
            Page(
                "comms.corrections",
                _("Posts to mend"),
                "message-circle",
                Permission.POSTS_CORRECT,
                ("comms.propose_correction",),
            ),
            Page(
                "comms.review",
                _("Review"),
                "checks",
                Permission.CONTENT_REVIEW,
                (
                    "comms.review_item",
                    "comms.decide",
                    "comms.evidence_pack",
                    "comms.records",
                    "comms.ask_for_records",
                    "comms.approve_records",
                    "comms.records_pack",
                ),
            ),
        ),
    ),
    Area(
        _("Recruiting"),
        (
            Page("hr.recruiting_reach", _("Recruiting reach"), "briefcase", Permission.RECRUITING_READ),
            Page(
                "hr.openings",
                _("Openings"),
                "list-details",
                Permission.RECRUITING_READ,
                (
                    "hr.connections",
                    "hr.add_opening",
                    "hr.import_form",
                    "hr.check_file",
                    "hr.import_file",
                    "hr.add_connection",
                    "hr.rotate_secret",
                ),
            ),
        ),
    ),
    Area(
        _("Worth"),
        (
            Page(
                "executive.amplification",
                _("Amplification"),
                "antenna",
                Permission.MEASUREMENT_READ,
                ("executive.brand", "executive.record_brand"),
            ),
            Page("executive.unique_reach", _("Unique reach"), "users-group", Permission.MEASUREMENT_READ),
            Page("executive.participation", _("Participation"), "users", Permission.MEASUREMENT_READ),
            Page(
                "executive.scenario",
                _("Scenario"),
                "adjustments",
                Permission.MEASUREMENT_READ,
                (
                    "executive.save_scenario",
                    "executive.saved_scenarios",
                    "executive.saved_scenario",
                    "executive.compare_scenarios",
                    "executive.archive_scenario",
                ),
            ),
            Page("executive.data_quality", _("Data quality"), "shield-check", Permission.MEASUREMENT_READ),
            Page(
                "executive.reports",
                _("Reports"),
                "file-text",
                Permission.PROGRAMME_READ,
                ("executive.freeze_report", "executive.report"),
            ),
            Page(
                "executive.measures",
                _("Measures"),
                "list-details",
                Permission.MEASUREMENT_READ,
                ("executive.measure_file",),
            ),
        ),
    ),
    Area(
        _("Administration"),
        (
            Page(
                "administration.people",
                _("People"),
                "users",
                Permission.PEOPLE_READ,
                (
                    "administration.person",
                    "administration.units",
                    "administration.import_form",
                    "administration.check_file",
                    "administration.import_file",
                    "administration.give_role",
                    "administration.take_role",
                    "administration.leave",
                ),
            ),
            Page("administration.tasks", _("Background work"), "clock", Permission.TASKS_READ),
            Page("administration.audit", _("Audit"), "history", Permission.AUDIT_READ),
        ),
    ),
    Area(
        _("Settings"),
        (
            Page(
                "administration.settings",
                _("General"),
                "settings",
                Permission.SETTINGS_READ,
                ("administration.change_setting", "administration.policy", "administration.publish"),
            ),
            Page(
                "administration.review_rules",
                _("Review rules"),
                "checks",
                Permission.SETTINGS_READ,
                ("administration.add_review_rule", "administration.end_review_rule"),
            ),
            Page(
                "administration.hosts",
                _("Link hosts"),
                "link",
                Permission.SETTINGS_READ,
                ("administration.add_host", "administration.add_range"),
            ),
            Page(
                "administration.disclosure",
                _("Networks and disclosure"),
                "speakerphone",
                Permission.SETTINGS_READ,
                ("administration.add_rule", "administration.add_wording", "administration.try_disclosure"),
            ),
            Page(
                "administration.network_access",
                _("Connected accounts"),
                "plug",
                Permission.SETTINGS_READ,
                ("administration.change_network_access",),
            ),
            Page(
                "administration.phrases",
                _("Words to avoid"),
                "ban",
                Permission.SETTINGS_READ,
                ("administration.add_phrase", "administration.try_phrases"),
            ),
            Page(
                "administration.chats",
                _("Chats"),
                "messages",
                Permission.SETTINGS_READ,
                ("administration.connect_slack", "administration.connect_teams"),
            ),
            Page(
                "administration.clicks",
                _("Click rules"),
                "filter",
                Permission.SETTINGS_READ,
                ("administration.judge_clicks_again",),
            ),
        ),
    ),
)


def navigation_for(actor: Actor | None) -> list[dict[str, Any]]:
    """Return the areas and pages an actor may open, with the current one marked, in the form the layout wants."""
    if actor is None:
        return []
    areas = []
    for area in AREAS:
        items = [
            {
                "label": page.label,
                "endpoint": page.endpoint,
                "url": url_for(page.endpoint),
                "icon": page.icon,
                "current": request.endpoint == page.endpoint or request.endpoint in page.also,
            }
            for page in area.pages
            if actor.may(page.permission) and (not area.on_phone_tabs or actor.employee_key is not None)
        ]
        if items:
            areas.append(
                {
                    "label": area.label,
                    "items": items,
                    "current": any(item["current"] for item in items),
                    "tabs": area.on_phone_tabs,
                }
            )
    return areas
