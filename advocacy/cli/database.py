"""`advocacy db`: the schema of the database."""

import sys
from dataclasses import asdict

import click

from advocacy.cli.connection import connected, print_json


@click.group()
def database() -> None:
    """Look after the database's schema."""


@database.command()
def upgrade() -> None:
    """Bring the schema to this release's revision. Safe to run again, and by several at once."""
    from advocacy.supervisor.migrate import is_current, upgrade_in_child
    from advocacy.supervisor.servers import running_servers

    with running_servers() as running:
        upgrade_in_child(running.environ)
        if not is_current(running.settings.database_owner_url):
            click.echo("The schema is still not current.", err=True)
            sys.exit(1)
    click.echo("The schema is current.")


@database.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(as_json: bool) -> None:
    """Say whether the schema is the one this release expects; exit code 1 when not."""
    from advocacy.supervisor.migrate import is_current
    from advocacy.supervisor.servers import running_servers

    with running_servers() as running:
        current = is_current(running.settings.database_owner_url)
    if as_json:
        print_json({"is_current": current})
    else:
        click.echo("The schema is current." if current else "The schema is not current: run `advocacy db upgrade`.")
    sys.exit(0 if current else 1)


@database.command("seals")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def seals(as_json: bool) -> None:
    """Say what an older encryption key sealed; exit code 1 while there is any, so that the key has to stay.

    Background work seals 500 of each kind anew every five minutes.
    """
    from advocacy.foundation import db
    from advocacy.supervisor import resealing

    with connected(), db.unit_of_work():
        found = resealing.what_is_left()
    is_left = any(each.older for each in found)
    if as_json:
        print_json({"may_take_older_keys_away": not is_left, "columns": [asdict(each) for each in found]})
        sys.exit(1 if is_left else 0)
    for each in found:
        if each.older or each.keyless:
            how = "" if each.is_sealed_anew else ", not sealed anew"
            click.echo(f"{each.column}: {each.older:,} by an older key{how}, {each.keyless:,} by a key that is gone")
    if any(each.keyless for each in found):
        click.echo("Nobody can read what a key sealed that is gone: put it back behind the first, where you have it.")
    click.echo("Older keys have to stay." if is_left else "No older key is needed any more.")
    sys.exit(1 if is_left else 0)


@database.command("after-restore")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def after_restore(as_json: bool) -> None:
    """Say again what people said after the copy was made that was put back: no, stop, hide, forget, leave, erase.

    What the copy still wants to post is not sent: it may be out, so its author is asked to look. Before anything else
    is started on that copy. The data folder must hold the newest tombstones.log of every host.
    Twice is once.
    """
    from advocacy.foundation import db
    from advocacy.learning import stops as learning
    from advocacy.notifications import service as notifications
    from advocacy.people import service as people
    from advocacy.people import tombstones
    from advocacy.programme.recognition import stops as recognition
    from advocacy.sharing import planned_posts, planning
    from advocacy.sharing.accounts import publishing
    from advocacy.supervisor.migrate import is_current

    with connected() as settings, db.unit_of_work():
        if not is_current(settings.database_owner_url):
            raise click.ClickException("This copy is of another release. Run `advocacy db upgrade`, then this again.")
        log = tombstones.log_file()
        if not log.is_file():
            raise click.ClickException(
                f"There is no {log}, so nobody knows here what people said after the copy was made. Put there what the "
                f"hosts wrote, one file after the other. If really nobody said no since: touch {log}"
            )
        done = people.reapply_tombstones() | notifications.reapply_stops()
        done |= learning.reapply_stops() | recognition.reapply_stops() | planning.reapply_cancelled()
        done |= {"posts_unknown": publishing.settle_after_restore()}
        done |= {"plans_only_reminding": planned_posts.post_none_after_restore()}
    if as_json:
        print_json(done)
        return
    for what, count in done.items():
        click.echo(f"{count:>9,} {what.replace('_', ' ')}")
