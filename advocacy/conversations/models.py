"""What a share led to, noted in ten seconds by the person who had the conversation."""

import enum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, one_of, text_enum
from advocacy.foundation.db import Base


class ConversationKind(enum.StrEnum):
    PROSPECT = "prospect"
    CUSTOMER = "customer"
    CANDIDATE = "candidate"
    INFLUENCER = "influencer"
    PARTNER = "partner"
    COLLEAGUE = "colleague"


class Outcome(enum.StrEnum):
    """How it ended, or that it goes on."""

    OPEN = "open"
    PROGRESSED = "progressed"
    PARKED = "parked"
    REFERRED_INTERNALLY = "referred_internally"
    DECLINED = "declined"
    NO_REPLY = "no_reply"
    DO_NOT_CONTACT = "do_not_contact"


class BuyingRole(enum.StrEnum):
    DECIDER = "decider"
    BUYER = "buyer"
    INFLUENCER = "influencer"
    INITIATOR = "initiator"
    USER = "user"
    GATEKEEPER = "gatekeeper"


# The numbers the ledger keeps in `detail`; stored for ever.
KIND_NUMBERS = {kind: number for number, kind in enumerate(ConversationKind, start=1)}


class Conversation(Base):
    """A conversation, owned by the one who had it. The note is encrypted and nobody else's."""

    __tablename__ = "conversation"
    __table_args__ = (
        one_of("kind", ConversationKind),
        one_of("outcome", Outcome),
        one_of("buying_role", BuyingRole),
        Index("ix_conversation_employee_key", "employee_key", "occurred_at"),
    )

    id: Mapped[Id]
    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"))
    share_key: Mapped[int | None] = mapped_column(ForeignKey("share.key"))
    kind: Mapped[ConversationKind] = mapped_column(text_enum(ConversationKind))
    outcome: Mapped[Outcome] = mapped_column(text_enum(Outcome))
    buying_role: Mapped[BuyingRole | None] = mapped_column(text_enum(BuyingRole))
    account_name: Mapped[str | None]
    note_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    occurred_at: Mapped[Instant]
    created_at: Mapped[CreatedAt]
