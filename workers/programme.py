"""Background work of the programme: one thin function per job."""

from advocacy.programme.recognition import service


def forget_highlights() -> None:
    service.forget_highlights()
