"""THE table of background jobs. A test ties each entry to a function in `workers/<capability>.py`."""

from dataclasses import dataclass
from typing import Literal

Queue = Literal["default", "delivery", "egress", "reporting"]
QUEUES: tuple[Queue, ...] = ("default", "delivery", "egress", "reporting")


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of background work.

    `every_seconds` makes it a schedule. `one_at_a_time` names the arguments that form the concurrency key:
    while a task with the same key waits, another `enqueue` is the same task. Lower `priority` runs first.

    `only_if` is a cheap SQL condition: a slot in which it does not hold passes without a task, because even a run that
    finds nothing costs a process. Once in `at_least_every_seconds` the schedule does not ask.
    """

    name: str
    queue: Queue = "default"
    timeout_seconds: int = 60
    retries: int = 5
    every_seconds: int | None = None
    only_if: str | None = None
    at_least_every_seconds: int | None = None
    one_at_a_time: tuple[str, ...] | None = None
    priority: int = 100

    @property
    def capability(self) -> str:
        return self.name.split(".", 1)[0]

    @property
    def function(self) -> str:
        return self.name.split(".", 1)[1]


MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# Work of a lower number is put in front of what already stands in its queue.
URGENT_BELOW = 50

JOBS: tuple[Job, ...] = (
    Job(
        "foundation.chain_audit",
        every_seconds=15,
        only_if="EXISTS (SELECT FROM audit_waiting)",
        one_at_a_time=(),
    ),
    Job("foundation.seal_anew", every_seconds=5 * MINUTE, one_at_a_time=(), timeout_seconds=120),
    Job("foundation.forget_expired", every_seconds=HOUR, one_at_a_time=(), timeout_seconds=120),
    Job("people.count_heads", every_seconds=HOUR, one_at_a_time=(), timeout_seconds=300),
    Job("people.erase_facts", queue="default", timeout_seconds=300, one_at_a_time=("employee_key",)),
    Job("people.part_with_leavers", every_seconds=HOUR, one_at_a_time=(), timeout_seconds=300),
    # Somebody waits in front of the sign-in page: before all digests, also those that already stand in the queue.
    Job("identity.send_link", queue="delivery", timeout_seconds=60, retries=8, priority=20),
    Job("identity.forget_expired", every_seconds=HOUR, one_at_a_time=()),
    Job("notifications.start_digests", every_seconds=5 * MINUTE, one_at_a_time=(), timeout_seconds=120),
    Job("notifications.plan_digests", timeout_seconds=120, one_at_a_time=("run_id",)),
    Job(
        "notifications.send_digests",
        queue="delivery",
        timeout_seconds=300,
        retries=8,
        one_at_a_time=("run_id", "first_key"),
        priority=200,
    ),
    Job("notifications.tell_people", timeout_seconds=60, retries=10, one_at_a_time=("announcement_id",)),
    Job(
        "notifications.push_messages",
        queue="egress",
        timeout_seconds=300,
        retries=8,
        one_at_a_time=("announcement_id", "first_key"),
        priority=200,
    ),
    Job("notifications.check_slack", queue="delivery", retries=8, one_at_a_time=("connection_id",), priority=30),
    Job("notifications.test_chat", queue="delivery", retries=2, one_at_a_time=("connection_id",), priority=30),
    Job("notifications.find_chat_member", queue="delivery", retries=8, one_at_a_time=("employee_key",), priority=40),
    # One task speaks to Slack at a time, so that it need not ask others how fast they go.
    Job(
        "notifications.send_slack_messages",
        queue="delivery",
        retries=8,
        every_seconds=MINUTE,
        only_if="EXISTS (SELECT FROM message WHERE channel = 'slack' AND state = 'waiting' AND due_at <= now()) "
        "AND EXISTS (SELECT FROM chat_connection WHERE service = 'slack' AND state = 'working' "
        "AND (paused_until IS NULL OR paused_until <= now()))",
        one_at_a_time=(),
        priority=200,
    ),
    Job(
        "notifications.post_to_teams",
        queue="egress",
        timeout_seconds=150,  # ten posts of ten seconds
        retries=8,
        every_seconds=MINUTE,
        only_if="EXISTS (SELECT FROM chat_post WHERE state IN ('waiting', 'sending') AND due_at <= now())",
        one_at_a_time=(),
        priority=150,
    ),
    Job("notifications.answer_in_slack", queue="delivery", retries=8, one_at_a_time=("answer_id",)),
    Job(
        "notifications.tell_of_broken_chats",
        every_seconds=MINUTE,
        only_if="EXISTS (SELECT FROM chat_connection WHERE state = 'broken' AND told_at IS NULL)",
        one_at_a_time=(),
    ),
    Job("notifications.send_duty_letter", queue="delivery", retries=8, one_at_a_time=("notification_id",), priority=50),
    # Somebody asked for this minute: before digests and announcements.
    Job("notifications.push_reminder", queue="egress", timeout_seconds=60, retries=8, one_at_a_time=("message_id",)),
    Job("notifications.mail_reminder", queue="delivery", timeout_seconds=60, retries=8, one_at_a_time=("message_id",)),
    Job("notifications.forget_old", every_seconds=HOUR, one_at_a_time=(), timeout_seconds=120),
    Job("activity.prepare_partitions", every_seconds=6 * HOUR, one_at_a_time=()),
    Job("content.advance_items", every_seconds=MINUTE, one_at_a_time=()),
    Job(
        "content.unfurl",
        queue="egress",
        timeout_seconds=45,
        retries=2,
        one_at_a_time=("unfurl_id",),
        priority=10,  # somebody looks at the page and waits
    ),
    Job("content.forget_unfurls", every_seconds=6 * HOUR, one_at_a_time=()),
    Job(
        "content.remind_reviewers",
        every_seconds=HOUR,
        only_if="EXISTS (SELECT FROM content_item WHERE state = 'in_review')",
        one_at_a_time=(),
    ),
    Job("content.forget_forms", every_seconds=6 * HOUR, one_at_a_time=()),
    Job("content.forget_remarks", every_seconds=6 * HOUR, one_at_a_time=()),
    Job(
        "content.poll_due_sources",
        every_seconds=MINUTE,
        only_if="EXISTS (SELECT FROM source_feed WHERE paused_at IS NULL AND next_poll_at <= now())",
        one_at_a_time=(),
    ),
    # One retry is for a worker that died; what a site does wrong is written down and tried again by the clock.
    Job("content.poll_source", queue="egress", timeout_seconds=60, retries=2, one_at_a_time=("source_id",)),
    Job("content.read_suggested", queue="egress", timeout_seconds=45, retries=2, one_at_a_time=("entry_id",)),
    Job("content.forget_old_entries", every_seconds=6 * HOUR, one_at_a_time=(), timeout_seconds=120),
    # At the first start, and when a release brings a lesson that was never here.
    Job(
        "learning.install_lessons",
        every_seconds=HOUR,
        only_if="(SELECT count(*) FROM lesson WHERE default_name IS NOT NULL) < 4",
        one_at_a_time=(),
    ),
    Job("programme.forget_highlights", every_seconds=6 * HOUR, one_at_a_time=()),
    Job("learning.forget_passes", every_seconds=6 * HOUR, one_at_a_time=()),
    Job("sharing.prepare_salts", every_seconds=HOUR, one_at_a_time=()),
    Job("sharing.forget_allotments", every_seconds=HOUR, one_at_a_time=()),
    Job("sharing.forget_sketches", every_seconds=HOUR, one_at_a_time=()),
    Job(
        "sharing.remind_due",
        every_seconds=MINUTE,
        only_if="EXISTS (SELECT FROM planned_share WHERE state = 'planned' AND planned_for <= now())",
        one_at_a_time=(),
    ),
    Job("sharing.post_planned", retries=5, one_at_a_time=("plan_id",), priority=10),
    Job("sharing.forget_plans", every_seconds=6 * HOUR, one_at_a_time=()),
    Job("sharing.forget_texts", every_seconds=6 * HOUR, one_at_a_time=(), timeout_seconds=120),
    Job(
        "sharing.import_due_segments",
        every_seconds=2,
        only_if="EXISTS (SELECT FROM click_segment WHERE imported_at IS NULL)",
        one_at_a_time=(),
        priority=10,
    ),
    Job("sharing.import_segment", timeout_seconds=120, retries=10, one_at_a_time=("name",), priority=10),
    Job("sharing.stop_links", timeout_seconds=120, one_at_a_time=("item_key",)),
    Job("sharing.settle_clicks", every_seconds=HOUR, one_at_a_time=(), timeout_seconds=120),
    Job(
        "sharing.judge_clicks",
        queue="reporting",
        timeout_seconds=300,  # a day of a very large programme is a million clicks
        one_at_a_time=("day",),
        priority=150,  # before past days are filled: they would be filled twice
    ),
    # Somebody waits in front of these three; what a network does wrong is written down and tried again by the clock.
    Job(
        "sharing.prepare_connection",
        queue="egress",
        timeout_seconds=90,
        retries=2,
        one_at_a_time=("authorization_id",),
        priority=10,
    ),
    Job(
        "sharing.finish_connection",
        queue="egress",
        timeout_seconds=90,
        retries=2,
        one_at_a_time=("authorization_id",),
        priority=10,
    ),
    Job(
        "sharing.publish_post", queue="egress", timeout_seconds=120, retries=5, one_at_a_time=("post_id",), priority=10
    ),
    Job("sharing.read_account", queue="egress", timeout_seconds=300, retries=2, one_at_a_time=("account_id",)),
    Job(
        "sharing.tend_accounts",
        every_seconds=5 * MINUTE,
        only_if="EXISTS (SELECT FROM network_account) OR EXISTS (SELECT FROM account_authorization) "
        "OR EXISTS (SELECT FROM network_post WHERE state IN ('waiting', 'sending'))",
        one_at_a_time=(),
    ),
    Job(
        "sharing.revoke_tokens",
        queue="egress",
        every_seconds=MINUTE,
        only_if="EXISTS (SELECT FROM token_revocation WHERE next_try_at <= now())",
        one_at_a_time=(),
        timeout_seconds=300,
    ),
    Job("recruiting.process_inbound", retries=8, one_at_a_time=("inbound_id",)),
    Job(
        "measurement.fill_due_days",
        queue="reporting",
        every_seconds=5,
        only_if="EXISTS (SELECT FROM day_touch) OR EXISTS (SELECT FROM rollup_touch)",
        at_least_every_seconds=MINUTE,  # days also become due because time passes or a formula changes
        one_at_a_time=(),
        priority=10,
    ),
    Job(
        "measurement.restate_person",
        queue="reporting",
        timeout_seconds=300,
        one_at_a_time=("employee_key",),
        priority=20,  # a withdrawal does not wait for history
    ),
    Job(
        "measurement.restate_team_scores",
        queue="reporting",
        timeout_seconds=120,
        one_at_a_time=("employee_key",),
        priority=20,
    ),
    # Each import has its own: one that waits could begin before another import's changes stand.
    Job("measurement.restate_units", queue="reporting", timeout_seconds=300),
    Job(
        "measurement.merge_reach",
        queue="reporting",
        every_seconds=2,
        only_if="EXISTS (SELECT FROM reach_touch)",
        one_at_a_time=(),
        timeout_seconds=300,
        priority=20,
    ),
    Job(
        "measurement.publish_reach",
        queue="reporting",
        every_seconds=10 * MINUTE,  # looks whether a new day began; does its work once a day
        only_if="EXISTS (SELECT FROM network_sketch) OR EXISTS (SELECT FROM reach_union)",
        one_at_a_time=(),
        timeout_seconds=300,
    ),
    Job("measurement.forget_sketches", queue="reporting", every_seconds=HOUR, one_at_a_time=(), timeout_seconds=120),
    Job("measurement.forget_old_months", queue="reporting", every_seconds=6 * HOUR, one_at_a_time=()),
    Job("measurement.fill_past_days", queue="reporting", timeout_seconds=120, one_at_a_time=("number",), priority=200),
)

BY_NAME: dict[str, Job] = {job.name: job for job in JOBS}
