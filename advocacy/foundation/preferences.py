"""What an administrator may change at run time: default and meaning in code, overrides in the table `setting`."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid, NotFound, PreconditionFailed
from advocacy.foundation.models import Setting
from advocacy.foundation.texts import marked
from config.settings import SMALLEST_GROUP_FLOOR, Settings

HOUR, DAY = 3_600, 86_400
LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Preference:
    """One run-time setting: what it means, what it is unless changed, and its bounds."""

    name: str
    default: Any
    meaning: str
    minimum: int | None = None
    maximum: int | None = None

    def check(self, value: Any) -> Any:
        """Return an acceptable value. Raises Invalid with what would be acceptable."""
        if isinstance(self.default, bool):
            if not isinstance(value, bool):
                raise Invalid.field(self.name, _("Choose yes or no."))
        elif isinstance(self.default, int):
            if not isinstance(value, int) or isinstance(value, bool):
                raise Invalid.field(self.name, _("Enter a whole number."))
            if self.minimum is not None and value < self.minimum:
                raise Invalid.field(self.name, _("Enter at least %(minimum)s.", minimum=self.minimum))
            if self.maximum is not None and value > self.maximum:
                raise Invalid.field(self.name, _("Enter at most %(maximum)s.", maximum=self.maximum))
        elif not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise Invalid.field(self.name, _("Enter a text."))
        elif len(value) > LONGEST_TEXT:
            raise Invalid.field(self.name, _("Enter at most %(maximum)s characters.", maximum=LONGEST_TEXT))
        return value


PREFERENCES: tuple[Preference, ...] = (
    Preference(
        "smallest_group",
        10,
        marked("Groups with fewer people are never shown."),
        minimum=SMALLEST_GROUP_FLOOR,
        maximum=1000,
    ),
    Preference(
        "sharing_is_rewarded",
        False,
        marked("People can win or receive something for sharing. Their posts then have to say so."),
    ),
    Preference(
        "disclosure_reminder_days",
        90,
        marked("So often the share sheet reminds people why readers are told where they work."),
        minimum=7,
        maximum=365,
    ),
    Preference(
        "caption_rest_days",
        14,
        marked("A suggested wording rests so long on a network, or until every other one was given too."),
        minimum=1,
        maximum=90,
    ),
    Preference(
        "review_is_required", True, marked("Somebody other than the author approves every item before it is live.")
    ),
    Preference(
        "lessons_before_first_share",
        False,
        marked("Before their first share people pass the lessons that are marked as required, a minute each."),
    ),
    Preference(
        "recognition_thanks",
        True,
        marked("People may show a highlight of their own, and colleagues may thank them for it."),
    ),
    Preference(
        "recognition_milestones", True, marked("People see on their own page what they reached for the first time.")
    ),
    Preference(
        "recognition_goals", True, marked("Units may set a goal: how large a part of them takes an active part.")
    ),
    Preference(
        "recognition_own_weeks",
        True,
        marked("People see how their weeks went, in points that network size does not change. Nobody else does."),
    ),
    Preference(
        "recognition_team_scores",
        False,
        marked("Teams are listed by a weekly score, made of people who said yes to it. People are never listed."),
    ),
    Preference(
        "retention_click_salt_hours",
        48,
        marked("How long a day's salt of visitor keys is kept."),
        minimum=24,
        maximum=48,
    ),
    Preference(
        "retention_sketch_days",
        180,
        marked("How long the sketch of a person's network is kept before it must be given again."),
        minimum=30,
        maximum=180,
    ),
    Preference("retention_note_months", 12, marked("How long notes on conversations are kept."), minimum=1, maximum=36),
    Preference("retention_ledger_months", 25, marked("How long single events are kept."), minimum=13, maximum=120),
    Preference(
        "retention_candidate_months",
        6,
        marked("How long candidate tokens are kept after the decision."),
        minimum=1,
        maximum=24,
    ),
    Preference(
        "retention_product_years",
        3,
        marked("How long records of product and service items are kept."),
        minimum=3,
        maximum=10,
    ),
    Preference(
        "retention_idempotency_hours",
        24,
        marked("How long answers to repeated requests are kept."),
        minimum=24,
        maximum=72,
    ),
    Preference("retention_failed_task_days", 30, marked("How long failed tasks are kept."), minimum=1, maximum=90),
    Preference(
        "invitation_answer_days",
        30,
        marked("After this an unanswered invitation loses its person."),
        minimum=7,
        maximum=90,
    ),
)
BY_NAME = {preference.name: preference for preference in PREFERENCES}

_settings: Settings | None = None


def init(settings: Settings) -> None:
    """Tell this process which deployment it serves; called once by every process entry."""
    global _settings
    _settings = settings


def deployment() -> Settings:
    """Return the deployment's settings. Raises RuntimeError before `init`."""
    if _settings is None:
        raise RuntimeError("The settings are not known yet: call preferences.init(settings) first.")
    return _settings


def zone() -> ZoneInfo:
    return deployment().zone


def get(name: str) -> Any:
    """Return a preference's value in force. Raises KeyError for a name that does not exist."""
    preference = BY_NAME[name]
    stored = session.get(Setting, name)
    if stored is not None:
        return stored.value
    return deployment().smallest_group if name == "smallest_group" else preference.default


def smallest_group() -> int:
    """Return how many people a figure must stand on before anybody else may see it."""
    return max(int(get("smallest_group")), SMALLEST_GROUP_FLOOR)


def all_in_force() -> dict[str, tuple[Any, int]]:
    """Return every preference's value and row version (0 while it is the default)."""
    stored = {row.name: row for row in session.scalars(select(Setting))}
    return {
        preference.name: (stored[preference.name].value, stored[preference.name].version)
        if preference.name in stored
        else (get(preference.name), 0)
        for preference in PREFERENCES
    }


def change(actor: Actor, name: str, value: Any, *, seen_version: int) -> None:
    """Change a preference. Raises NotPermitted, NotFound, Invalid, or PreconditionFailed when it changed meanwhile."""
    require(actor, Permission.SETTINGS_WRITE)
    preference = BY_NAME.get(name)
    if preference is None:
        raise NotFound(_("There is no such setting."))
    accepted = preference.check(value)
    stored = session.get(Setting, name, with_for_update=True)
    if (stored.version if stored is not None else 0) != seen_version:
        raise PreconditionFailed(_("Somebody changed this setting meanwhile. Load it again and decide anew."))
    changed = {"value": accepted, "changed_at": clock.now(), "changed_by": actor.account_id}
    session.execute(
        insert(Setting)
        .values(name=name, version=1, **changed)
        .on_conflict_do_update(index_elements=[Setting.name], set_={**changed, "version": Setting.version + 1})
    )
    audit.record(actor, "setting.changed", setting=name)
