"""Column types every capability shares, so that the same thing is stored the same way everywhere."""

import enum
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Integer, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.orm import mapped_column

from advocacy.foundation import clock


def new_id() -> UUID:
    """Return a fresh UUIDv7: sortable by time of creation, made in Python so that old servers will do."""
    return uuid_utils.compat.uuid7()


Id = Annotated[UUID, mapped_column(PostgresUUID(as_uuid=True), primary_key=True, default=new_id)]
PublicId = Annotated[UUID, mapped_column(PostgresUUID(as_uuid=True), unique=True, default=new_id)]
Key = Annotated[int, mapped_column(Integer, Identity(always=False), primary_key=True)]
BigKey = Annotated[int, mapped_column(BigInteger, Identity(always=False), primary_key=True)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), default=clock.now)]
LongText = Annotated[str, mapped_column(Text)]


class TextEnum(TypeDecorator[enum.StrEnum]):
    """Stores a StrEnum's value as TEXT and gives the member back; `one_of` makes the database agree."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[enum.StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, _dialect: Any) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: Any, _dialect: Any) -> enum.StrEnum | None:
        return None if value is None else self.kind(value)


def text_enum(kind: type[enum.StrEnum]) -> TextEnum:
    return TextEnum(kind)


def one_of(column: str, kind: type[enum.StrEnum]) -> CheckConstraint:
    """Return the CHECK that keeps unknown values out of `column`."""
    listed = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
