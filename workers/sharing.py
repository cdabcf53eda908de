"""Background work of sharing: one thin function per job."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from advocacy.foundation.db import session
from advocacy.sharing import captions, likeness, planning, record_keeping, reminding, stopping
from advocacy.sharing.accounts import connecting, publishing, reading, revoking, tending
from advocacy.sharing.clicks import importing, judging, reclassifying, salts


def prepare_salts() -> None:
    salts.prepare_salts()


def forget_allotments() -> None:
    captions.forget_allotments()


def forget_sketches() -> None:
    likeness.forget_sketches()


def remind_due() -> None:
    reminding.remind_due()


def post_planned(plan_id: str) -> None:
    reminding.post_planned(UUID(plan_id))


def forget_plans() -> None:
    planning.forget_plans()


def forget_texts() -> None:
    """Empty texts about products that are older than they are kept, a slice at a time."""
    record_keeping.forget_texts()


def import_due_segments() -> None:
    importing.import_due_segments()


def import_segment(name: str) -> None:
    importing.import_segment(name)


def stop_links(item_key: int) -> None:
    stopping.stop_links(item_key)


def settle_clicks() -> None:
    reclassifying.settle_due_days()


def judge_clicks(day: str, asked_in: int | None) -> None:
    """Judge one UTC day anew, all or nothing. Between reading and writing the transaction only waits."""
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    judging.judge(date.fromisoformat(day), asked_in=asked_in)


def prepare_connection(authorization_id: str) -> None:
    """Ask a network where somebody goes on who connects an account."""
    connecting.prepare_connection(UUID(authorization_id))


def finish_connection(authorization_id: str) -> None:
    """Take what a network gives for an account that somebody connects."""
    connecting.finish_connection(UUID(authorization_id))


def publish_post(post_id: str) -> None:
    """Send what somebody pressed the button for."""
    publishing.publish(UUID(post_id))


def read_account(account_id: str) -> None:
    """Read what somebody lets us read of an account of theirs."""
    reading.read_account(UUID(account_id))


def tend_accounts() -> None:
    """Tell people in time, want accounts read that are due, and wake posts that got stuck."""
    tending.tend()


def revoke_tokens() -> None:
    """Tell networks that tokens of accounts no longer connected are void."""
    revoking.revoke_due()
