"""Dealing out suggested wordings, so that colleagues do not all say the same.

On one network a caption goes to one person, then rests until every other one was given too, or its round is over.
It is dealt in a short transaction of its own under a lock, so that ten people who press at once get ten captions.
"""

import hashlib
import hmac
import re
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from advocacy.content.models import Caption
from advocacy.content.queries import FeedEntry, captions_for, captions_of
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import own_transaction, session
from advocacy.people import queries as people
from advocacy.people.models import Employee, Purpose
from advocacy.sharing.caption_models import CaptionAllotment, CaptionRound
from advocacy.sharing.models import Share
from config.networks import Network

MOST_FORGOTTEN = 10_000
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
NO_WORDS = re.compile(r"[#@][\w@.-]+|https?://\S+")
LEAST_KEPT = 12  # characters; less is in any text


def caption_for(actor: Actor, item: FeedEntry, network: Network, *, deals: bool = True) -> Caption | None:
    """Return a wording to start from: what was given before, else the next in turn, or None when there is none.

    It is in the reader's language where there is one, else in the item's own. What somebody shared already with on
    this network is not given to them again. Nothing is written down where `deals` is false, because a program may be
    looking, and for whoever did not say yes to taking part: they get one that others may get too.
    """
    employee_key = require_self(actor)
    language = session.get_one(Employee, employee_key).language or item.language
    used = set(session.scalars(_used_by(employee_key, network.number)))
    fitting = [one for one in captions_for(item.version.id, network.number, language) if one.id not in used]
    if not fitting:
        return None
    of_choice = [one.id for one in fitting]
    if deals and people.has_consent(employee_key, Purpose.TAKE_PART):
        given = _allot(employee_key, item.version.id, network.number, of_choice)
    else:
        since = _rests_since(clock.now())
        mine = session.scalar(_allotment_of(employee_key, item.version.id, network.number, since))
        given = mine if mine in of_choice else _any_of(of_choice, employee_key)
    return next(one for one in fitting if one.id == given)


def language_of(item: FeedEntry, wording: str) -> str:
    """Return the language of what somebody wrote: the one most was kept of suggested wordings in, else the item's."""
    languages: dict[str, set[str]] = {}
    for caption in captions_of(item.version.id):
        for sentence in SENTENCE_END.split(caption.text):
            languages.setdefault(sentence.strip(), set()).add(caption.language)
    kept: Counter[str] = Counter()
    for sentence, told in languages.items():
        # Hashtags, addresses and what stands in several languages tell of none.
        if len(told) == 1 and len(NO_WORDS.sub("", sentence).strip()) >= LEAST_KEPT and sentence in wording:
            kept[min(told)] += len(sentence)
    return max(kept, key=lambda language: (kept[language], language == item.language), default=item.language)


def starting_point(actor: Actor, item: FeedEntry, network: Network, *, deals: bool = True) -> Caption | None:
    """Return a wording to start from: the next in turn, or, where the words are fixed, any of them."""
    caption = caption_for(actor, item, network, deals=deals)
    if caption is None and item.version.is_text_locked:
        return next(iter(captions_for(item.version.id, network.number, item.language)), None)
    return caption


def _rests_since(now: datetime) -> datetime:
    return now - timedelta(days=int(preferences.get("caption_rest_days")))


def _any_of(fitting: Sequence[UUID], employee_key: int) -> UUID:
    """Return one that stays the same for a person, and that nobody else can work out."""
    pepper = preferences.deployment().pepper.encode()
    drawn = hmac.digest(pepper, b"caption\x00%d\x00%b" % (employee_key, fitting[0].bytes), hashlib.sha256)
    return fitting[int.from_bytes(drawn) % len(fitting)]


def _used_by(employee_key: int, network: int) -> Select[UUID | None]:
    return select(Share.caption_id).where(
        Share.employee_key == employee_key, Share.network == network, Share.caption_id.is_not(None)
    )


def _allot(employee_key: int, version_id: UUID, network: int, fitting: Sequence[UUID]) -> UUID:
    """Return the caption that is somebody's now. Where too many wait for their turn, deal without keeping count."""
    now = clock.now()
    rests_since = _rests_since(now)
    mine = session.scalar(_allotment_of(employee_key, version_id, network, rests_since))
    if mine is not None and mine in fitting:
        return mine
    try:
        with own_transaction() as apart:
            return _deal(apart, employee_key, version_id, network, fitting, now, rests_since)
    except (OperationalError, IntegrityError):
        # Thousands opened the same item in the same second, or the yes was taken back in this one. A caption that
        # may repeat is better than no sheet.
        return _any_of(fitting, employee_key)


def _allotment_of(employee_key: int, version_id: UUID, network: int, since: datetime) -> Select[UUID]:
    return select(CaptionAllotment.caption_id).where(
        CaptionAllotment.employee_key == employee_key,
        CaptionAllotment.version_id == version_id,
        CaptionAllotment.network == network,
        CaptionAllotment.allotted_at > since,
    )


def _deal(
    apart: Session,
    employee_key: int,
    version_id: UUID,
    network: int,
    fitting: Sequence[UUID],
    now: datetime,
    rests_since: datetime,
) -> UUID:
    apart.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"caption/{version_id}/{network}", 0))))
    # Looked up again under the lock: two tabs of one person get the same.
    mine = apart.scalar(_allotment_of(employee_key, version_id, network, rests_since))
    if mine is not None and mine in fitting:
        return mine
    rounds = {
        row.caption_id: row.uses
        for row in apart.scalars(
            select(CaptionRound).where(
                CaptionRound.caption_id.in_(fitting),
                CaptionRound.network == network,
                CaptionRound.began_at > rests_since,
            )
        )
    }
    # Any of the least used: whoever knew the order could tell from the next one that somebody looked meanwhile.
    fewest = min(rounds.get(caption_id, 0) for caption_id in fitting)
    chosen = secrets.choice([caption_id for caption_id in fitting if rounds.get(caption_id, 0) == fewest])
    again = insert(CaptionRound).values(caption_id=chosen, network=network, began_at=now, uses=1)
    apart.execute(
        again.on_conflict_do_update(
            index_elements=[CaptionRound.caption_id, CaptionRound.network],
            set_={"uses": CaptionRound.uses + 1} if chosen in rounds else {"uses": 1, "began_at": now},
        )
    )
    mine_now = {"caption_id": chosen, "allotted_at": now}
    apart.execute(
        insert(CaptionAllotment)
        .values(employee_key=employee_key, version_id=version_id, network=network, **mine_now)
        .on_conflict_do_update(
            index_elements=[CaptionAllotment.employee_key, CaptionAllotment.version_id, CaptionAllotment.network],
            set_=mine_now,
        )
    )
    return chosen


def forget_allotments() -> int:
    """Forget who was given what once captions have rested; return how many. Whoever shared has it in their share."""
    over = clock.now() - timedelta(days=int(preferences.get("caption_rest_days")))
    old = (
        select(CaptionAllotment.employee_key, CaptionAllotment.version_id, CaptionAllotment.network)
        .where(CaptionAllotment.allotted_at <= over)
        .limit(MOST_FORGOTTEN)
        .subquery()
    )
    gone = session.execute(
        delete(CaptionAllotment).where(
            CaptionAllotment.employee_key == old.c.employee_key,
            CaptionAllotment.version_id == old.c.version_id,
            CaptionAllotment.network == old.c.network,
        )
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def own_data(employee_key: int) -> list[dict[str, object]]:
    """Return the wordings somebody was given lately, for their export."""
    rows = session.execute(
        select(CaptionAllotment, Caption.text)
        .join(Caption, Caption.id == CaptionAllotment.caption_id)
        .where(CaptionAllotment.employee_key == employee_key)
        .order_by(CaptionAllotment.allotted_at)
    )
    return [{"text": text, "allotted_at": given.allotted_at} for given, text in rows]
