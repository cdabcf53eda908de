"""Background work of learning: one thin function per job."""

from advocacy.learning import service


def install_lessons() -> None:
    service.install_defaults()


def forget_passes() -> None:
    service.forget_passes()
