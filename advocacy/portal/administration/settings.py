"""Settings: each with its meaning, its bounds and the version that was seen when it is changed."""

from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.reviewing import rules_in_force
from advocacy.foundation import preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid, NotFound, PreconditionFailed
from advocacy.foundation.preferences import Preference
from advocacy.foundation.web import current_actor, requires
from advocacy.people.queries import current_policy
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.pages import FormErrors, page

GROUPS = (
    ("privacy", ("smallest_group", "invitation_answer_days")),
    (
        "content",
        (
            "review_is_required",
            "sharing_is_rewarded",
            "disclosure_reminder_days",
            "caption_rest_days",
            "lessons_before_first_share",
        ),
    ),
    (
        "recognition",
        (
            "recognition_thanks",
            "recognition_milestones",
            "recognition_goals",
            "recognition_own_weeks",
            "recognition_team_scores",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One setting as its form shows it."""

    preference: Preference
    name: str
    value: Any
    version: int

    @property
    def kind(self) -> str:
        if isinstance(self.preference.default, bool):
            return "yes_no"
        return "number" if isinstance(self.preference.default, int) else "text"

    @property
    def is_default(self) -> bool:
        return self.version == 0


def _names() -> dict[str, str]:
    return {
        "smallest_group": _("Smallest group"),
        "sharing_is_rewarded": _("Sharing is rewarded"),
        "caption_rest_days": _("Captions rest, in days"),
        "disclosure_reminder_days": _("Reminder of disclosure, in days"),
        "recognition_thanks": _("Thanks between colleagues"),
        "recognition_milestones": _("Personal milestones"),
        "recognition_goals": _("Goals of units"),
        "recognition_own_weeks": _("Own weeks in points"),
        "recognition_team_scores": _("List of teams"),
        "lessons_before_first_share": _("Lessons before the first share"),
        "review_is_required": _("Review before anything goes live"),
        "retention_click_salt_hours": _("Salts of visitor keys, in hours"),
        "retention_note_months": _("Notes on conversations, in months"),
        "retention_ledger_months": _("Single events, in months"),
        "retention_sketch_days": _("Sketches of networks, in days"),
        "retention_candidate_months": _("Candidate tokens, in months"),
        "retention_product_years": _("Records of product items, in years"),
        "retention_idempotency_hours": _("Answers to repeated requests, in hours"),
        "retention_failed_task_days": _("Failed tasks, in days"),
        "invitation_answer_days": _("Unanswered invitations, in days"),
    }


def _groups() -> list[tuple[str, str, list[ShownSetting]]]:
    in_force, names = preferences.all_in_force(), _names()
    titles = {
        "privacy": (_("Privacy"), _("What protects single people from being seen.")),
        "content": (_("Content"), _("What goes out, and how.")),
        "recognition": (_("Recognition"), _("Never for how often somebody shared.")),
        "retention": (_("How long things are kept"), _("Shorter is kinder. Some evidence has to be kept for a while.")),
    }
    named = {name for _key, members in GROUPS for name in members}
    rest = tuple(preference.name for preference in preferences.PREFERENCES if preference.name not in named)
    return [
        (
            *titles[key],
            [ShownSetting(preferences.BY_NAME[name], names.get(name, name), *in_force[name]) for name in members],
        )
        for key, members in (*GROUPS, ("retention", rest))
    ]


def _settings_page(
    errors: FormErrors | None = None, values: dict[str, str] | None = None, *, status: int = 200, changed: str = ""
) -> Response:
    deployment = preferences.deployment()
    return page(
        "administration/settings.html",
        status=status,
        errors=errors or FormErrors(),
        values=values or {},
        changed=changed,
        groups=_groups(),
        smallest=preferences.smallest_group(),
        review_is_required=preferences.get("review_is_required"),
        has_free_rules=any(rule.approvals == 0 for rule in rules_in_force()),
        may_write=current_actor().may(Permission.SETTINGS_WRITE),
        policy=current_policy(),
        deployment=deployment,
    )


@blueprint.get("/settings")
@requires(Permission.SETTINGS_READ)
def settings() -> Response:
    return _settings_page()


@blueprint.post("/settings/<name>")
@requires(Permission.SETTINGS_WRITE)
def change_setting(name: str) -> AnyResponse:
    preference = preferences.BY_NAME.get(name)
    if preference is None:
        raise NotFound(_("There is no such setting."))
    text = request.form.get(name, "")
    seen = request.form.get("seen_version", "")
    try:
        preferences.change(
            current_actor(),
            name,
            _value(preference, text),
            seen_version=int(seen) if seen.isdecimal() and len(seen) < 10 else -1,
        )
    except Invalid as error:
        return _settings_page(FormErrors({name: [error.detail]}), {name: text}, status=422)
    except PreconditionFailed as error:
        # What was entered stays in its field, beside what stands now.
        return _settings_page(FormErrors({name: [error.detail]}), {name: text}, status=412, changed=name)
    flash(_("%(name)s is changed.", name=_names().get(name, name)), "success")
    return redirect(url_for("administration.settings"))


def _value(preference: Preference, text: str) -> Any:
    if isinstance(preference.default, bool):
        return {"yes": True, "no": False}.get(text)
    if isinstance(preference.default, int):
        cleaned = text.strip()
        return int(cleaned) if cleaned.isascii() and cleaned.isdecimal() and len(cleaned) < 10 else cleaned
    return " ".join(text.split())
