"""Background work of recruiting: one thin function per job."""

from uuid import UUID

from advocacy.recruiting import service


def process_inbound(inbound_id: str) -> None:
    service.process_inbound(UUID(inbound_id))
