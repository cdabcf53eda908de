"""Letters that have to arrive: the row first, then the letter, then the mark that it left."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from advocacy.foundation import clock, preferences
from advocacy.foundation.db import own_transaction, session
from advocacy.notifications import letters
from advocacy.notifications.models import Delivery, DeliveryState
from advocacy.notifications.senders import email

LANGUAGE_DEFAULT = "en"


def send_letter(
    name: str,
    *,
    task_id: UUID | None,
    address: str,
    language: str | None,
    employee_key: int | None,
    make_url: Callable[[Session], str],
    facts: Callable[[str], dict[str, str]] | None = None,
) -> UUID | None:
    """Send a letter with a link in it, at least once, under one Message-ID for all attempts of a task.

    The delivery and the link's key, if it has one (`make_url` makes it in the session it is given), stand before the
    letter leaves; no secret is in the delivery. `facts` are what the letter names, in its language. Returns its id, or
    None when it was sent before. Raises OSError or SMTPException.
    """
    settings = preferences.deployment()
    # While a mail server takes its time, the transaction of the task waits for longer than a request's may.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    with own_transaction() as apart:
        delivery = apart.scalar(select(Delivery).where(Delivery.task_id == task_id)) if task_id is not None else None
        if delivery is not None and delivery.state is DeliveryState.SENT:
            return None
        if delivery is None:
            delivery = Delivery(
                employee_key=employee_key,
                template=name,
                arguments={},
                state=DeliveryState.SENDING,
                task_id=task_id,
            )
            apart.add(delivery)
            apart.flush()  # its id is the Message-ID
        delivery_id, url = delivery.id, make_url(apart)
    wanted = (language or settings.default_language or LANGUAGE_DEFAULT).split("-")[0]
    letter = letters.write(
        name,
        language=wanted,
        organisation=settings.organisation_name,
        url=url,
        facts=facts(wanted) if facts is not None else {},
    )
    email.send(settings, delivery_id, email.compose(settings, delivery_id, address, letter))
    # It stands whatever becomes of the task: sent again, a letter with a key would end the one that was read already.
    with own_transaction() as apart:
        apart.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id)
            .values(state=DeliveryState.SENT, sent_at=clock.now())
            .execution_options(synchronize_session=False)
        )
    return delivery_id
