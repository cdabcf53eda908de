"""Domain errors. Services raise them; the edge renders them as a page or as problem+json."""

from dataclasses import dataclass

from advocacy.foundation.texts import marked


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing that is wrong with one field: `pointer` is its name or path, `detail` says what to do."""

    pointer: str
    code: str
    detail: str

    @property
    def as_pointer(self) -> str:
        """Return the JSON pointer to the field, whether it was named with a slash or, as services do, without."""
        return f"/{self.pointer}" if self.pointer and not self.pointer.startswith("/") else self.pointer


class AdvocacyError(Exception):
    """Something the caller can understand and act on. `detail` is shown to people."""

    status = 400
    code = "bad_request"
    title = marked("That did not work")

    def __init__(self, detail: str, *, code: str | None = None, problems: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = problems
        if code is not None:
            self.code = code


class NotSignedIn(AdvocacyError):
    status, code, title = 401, "not_signed_in", marked("Please sign in")


class NotPermitted(AdvocacyError):
    status, code, title = 403, "not_permitted", marked("You may not do that")


class NotFound(AdvocacyError):
    """Not there, or not visible to the one who asks: the answer is the same."""

    status, code, title = 404, "not_found", marked("We could not find that")


class Conflict(AdvocacyError):
    status, code, title = 409, "conflict", marked("That does not fit the present state")


class NotBuiltIn(AdvocacyError):
    """This server was installed without the part that could do it."""

    status, code, title = 501, "not_built_in", marked("This server cannot do that")


class Gone(AdvocacyError):
    status, code, title = 410, "gone", marked("This is no longer valid")


class PreconditionFailed(AdvocacyError):
    status, code, title = 412, "changed_meanwhile", marked("Somebody changed this meanwhile")


class Invalid(AdvocacyError):
    """The input is well-formed and still not acceptable."""

    status, code, title = 422, "invalid", marked("Please check what you entered")

    @classmethod
    def field(cls, pointer: str, detail: str, code: str = "invalid") -> "Invalid":
        return cls(detail, problems=(FieldProblem(pointer, code, detail),))


class PreconditionRequired(AdvocacyError):
    status, code, title = 428, "precondition_required", marked("Say which version you are changing")


class TooManyRequests(AdvocacyError):
    status, code, title = 429, "too_many_requests", marked("Too many attempts")

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class NotAvailable(AdvocacyError):
    status, code, title = 503, "not_available", marked("Not available at the moment")
