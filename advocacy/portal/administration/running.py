"""What runs in the background, and what privileged acts there were."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import audit as trail
from advocacy.foundation import clock
from advocacy.foundation import tasks as ledger
from advocacy.foundation.access import Permission
from advocacy.foundation.db import session
from advocacy.foundation.models import TaskState
from advocacy.foundation.web import current_actor, requires
from advocacy.identity.queries import names_of_accounts
from advocacy.measurement import fill
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.pages import page
from config.jobs import JOBS, Job

MOST_DEAD = 50
EVENTS_A_PAGE = 50
# A schedule that missed three slots is late; seconds may pass before a dispatcher looks.
LATE_SLOTS, GRACE = 3, timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule and whether it keeps its time."""

    job: Job
    last: datetime | None

    @property
    def is_late(self) -> bool:
        if self.last is None or self.job.every_seconds is None:
            return True
        return clock.now() - self.last > timedelta(seconds=LATE_SLOTS * self.job.every_seconds) + GRACE


@blueprint.get("/background-work")
@requires(Permission.TASKS_READ)
def tasks() -> Response:
    last = ledger.last_slots()
    schedules = [Schedule(job, last.get(job.name)) for job in JOBS if job.every_seconds is not None]
    return page(
        "administration/tasks.html",
        counts=ledger.count_by_state(),
        waited=ledger.longest_wait_seconds(),
        dead=ledger.in_states((TaskState.DEAD,), limit=MOST_DEAD),
        schedules=schedules,
        late=[schedule for schedule in schedules if schedule.is_late],
        may_write=current_actor().may(Permission.SETTINGS_WRITE),
        filling=fill.progress(session.connection()),
    )


@blueprint.post("/background-work/<uuid:task_id>/retry")
@requires(Permission.SETTINGS_WRITE)
def retry_task(task_id: UUID) -> AnyResponse:
    ledger.retry(task_id)
    trail.record(current_actor(), "task.retried", subject_kind="task", subject_id=task_id)
    flash(_("It starts anew."), "success")
    return redirect(url_for("administration.tasks"))


@blueprint.get("/audit")
@requires(Permission.AUDIT_READ)
def audit() -> Response:
    before = request.args.get("before", "")
    action = request.args.get("action", "")[:100]
    events = trail.recent(
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None,
        action=action,
        limit=EVENTS_A_PAGE + 1,
    )
    shown = events[:EVENTS_A_PAGE]
    return page(
        "administration/audit.html",
        events=shown,
        names=names_of_accounts({event.actor_account_id for event, _chained in shown}),
        next_before=shown[-1][0].key if len(events) > EVENTS_A_PAGE else None,
        is_first=not before,
        action=action,
        actions=[(name, name) for name in trail.known_actions()],
        found=trail.verify() if "verify" in request.args else None,
    )
