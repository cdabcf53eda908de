"""`advocacy tasks`: background work that waits or gave up."""

from typing import Any
from uuid import UUID

import click

from advocacy.cli.connection import connected, print_json

STATES = ("ready", "leased", "done", "dead")
MOST_LISTED = 10_000
PERSONAL = frozenset({"employee_key", "account_id"})


@click.group()
def tasks() -> None:
    """Look after background work."""


@tasks.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Default: dead.")
@click.option("--job", help="Only tasks of this job, such as identity.send_link.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, MOST_LISTED))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_tasks(states: tuple[str, ...], job: str | None, limit: int, as_json: bool) -> None:
    """List tasks, oldest first."""
    from advocacy.foundation import db
    from advocacy.foundation import tasks as ledger
    from advocacy.foundation.models import TaskState

    wanted = tuple(TaskState(state) for state in states or ("dead",))
    with connected(), db.unit_of_work():
        found = [_shown(task) for task in ledger.in_states(wanted, name=job, limit=limit)]
    if as_json:
        print_json(found)
        return
    for task in found:
        click.echo(
            f"{task['id']}  {task['state']:<6} {task['attempts']}/{task['max_attempts']}  {task['job']:<32} "
            f"{task['created_at']:%Y-%m-%d %H:%M:%S}  {task['last_error'] or ''}".rstrip()
        )
    click.echo(f"{len(found)} tasks.", err=True)


@tasks.command()
@click.argument("task_ids", metavar="ID...", nargs=-1, type=click.UUID)
@click.option("--all-dead", is_flag=True, help="Every dead task, at most 10,000 at once.")
def retry(task_ids: tuple[UUID, ...], all_dead: bool) -> None:
    """Let dead tasks start anew. Named ones all or none; --all-dead skips those for which another one waits."""
    from advocacy.foundation import audit, db
    from advocacy.foundation import tasks as ledger
    from advocacy.foundation.errors import Conflict
    from advocacy.foundation.models import TaskState

    if bool(task_ids) == all_dead:
        raise click.UsageError("Name the tasks, or say --all-dead.")
    with connected(), db.unit_of_work():
        chosen = list(task_ids)
        if all_dead:
            chosen = [task.id for task in ledger.in_states((TaskState.DEAD,), limit=MOST_LISTED)]
        started = 0
        for task_id in chosen:
            try:
                ledger.retry(task_id)
            except Conflict:  # another task waits to do the same, so this one has nothing left to do
                if not all_dead:
                    raise
                continue
            audit.record(None, "task.retried", subject_kind="task", subject_id=task_id)
            started += 1
    click.echo(f"{started} tasks start anew.", err=True)


@tasks.command()
@click.argument("task_ids", metavar="ID...", nargs=-1, required=True, type=click.UUID)
def drop(task_ids: tuple[UUID, ...]) -> None:
    """Delete tasks that are not running: their work will not be done. All of them or none."""
    from advocacy.foundation import audit, db
    from advocacy.foundation import tasks as ledger

    with connected(), db.unit_of_work():
        for task_id in task_ids:
            ledger.drop(task_id)
            audit.record(None, "task.dropped", subject_kind="task", subject_id=task_id)
    click.echo(f"{len(task_ids)} tasks are gone.", err=True)


def _shown(task: Any) -> dict[str, Any]:
    return {
        "id": task.id,
        "job": task.name,
        "queue": task.queue,
        "state": task.state.value,
        "attempts": task.attempts,
        "max_attempts": task.max_attempts,
        "created_at": task.created_at,
        "next_attempt_at": task.next_attempt_at,
        "done_at": task.done_at,
        "last_error": task.last_error,
        # Which person a task is about is not shown: with the hour it would tell what they just decided.
        "arguments": {name: value if name not in PERSONAL else None for name, value in task.arguments.items()},
    }
