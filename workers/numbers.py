"""Numbers of the capabilities on the internal port, which the dispatcher serves."""

from sqlalchemy import func, select

from advocacy.foundation import metrics
from advocacy.foundation.db import session
from advocacy.measurement import fill
from advocacy.sharing.models import ClickSegment
from config.settings import Settings


def serve(settings: Settings) -> None:
    """Serve the internal port with everything there is to tell."""
    metrics.ask("advocacy_segments_waiting", "Click segments to import.", (), lambda: [((), float(_waiting()[0]))])
    metrics.ask(
        "advocacy_segments_oldest_seconds", "Age of the oldest of them.", (), lambda: [((), float(_waiting()[1]))]
    )
    metrics.ask(
        "advocacy_rollup_days_due",
        "Days of a roll-up that are to be filled.",
        ("rollup",),
        lambda: [((table,), float(backlog.due)) for table, backlog in _progress().rollups.items()],
    )
    metrics.ask(
        "advocacy_numbers_behind_seconds",
        "Age of the oldest change to today or yesterday that the numbers do not know.",
        (),
        lambda: [((), _progress().behind_seconds)],
    )
    metrics.serve(settings)


def _progress() -> fill.Progress:
    return fill.progress(session.connection())


def _waiting() -> tuple[int, float]:
    age = func.extract("epoch", func.now() - func.min(ClickSegment.received_at))
    count, seconds = session.execute(
        select(func.count(), func.coalesce(age, 0)).where(ClickSegment.imported_at.is_(None))
    ).one()
    return int(count), float(seconds)
