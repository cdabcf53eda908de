"""What the API takes and answers about lessons and certificates."""

from marshmallow import fields, validate

from advocacy.content.wording import MOST_LANGUAGES
from advocacy.foundation.fields import Schema, Text
from advocacy.learning.models import LessonState, LessonSubject
from advocacy.learning.texts import (
    LONGEST_ANSWER,
    LONGEST_EXPLANATION,
    LONGEST_QUESTION,
    LONGEST_REASON,
    LONGEST_SOURCE,
    LONGEST_STEP,
    LONGEST_TITLE,
    MOST_ANSWERS,
    MOST_QUESTIONS,
    MOST_STEPS,
)


class QuestionToAnswerOut(Schema):
    """A question without its answer."""

    question = fields.String(required=True)
    answers = fields.List(fields.String(), required=True)


class LessonOut(Schema):
    """A lesson in the reader's language, with their own progress, which nobody else is told."""

    id = fields.UUID(required=True)
    version_id = fields.UUID(attribute="version.id", required=True)
    version = fields.Integer(attribute="version.number", required=True)
    subject = fields.Enum(LessonSubject, attribute="lesson.subject", by_value=True, required=True)
    language = fields.String(attribute="text.language", required=True)
    title = fields.String(attribute="text.title", required=True)
    is_required = fields.Boolean(attribute="lesson.is_required", required=True)
    asked_again_on = fields.Date(attribute="lesson.asked_again_on", required=True, allow_none=True)
    passed_at = fields.AwareDateTime(required=True, allow_none=True)
    is_passed = fields.Boolean(
        required=True, metadata={"description": "Whether passing counts today: not once it is asked again."}
    )


class LessonToTakeOut(LessonOut):
    steps = fields.List(fields.String(), attribute="text.steps", required=True)
    questions = fields.List(fields.Nested(QuestionToAnswerOut), attribute="text.questions", required=True)
    source = fields.String(attribute="version.source", required=True)


class LessonsOut(Schema):
    data = fields.List(fields.Nested(LessonOut), required=True)


class AnswersIn(Schema):
    """The place of the chosen answer for each question, counted from 0."""

    version_id = fields.UUID(required=True)
    answers = fields.List(
        fields.Integer(strict=True, validate=validate.Range(0, MOST_ANSWERS - 1)),
        required=True,
        validate=validate.Length(1, MOST_QUESTIONS),
    )


class CheckedOut(Schema):
    is_right = fields.Boolean(required=True)
    explanation = fields.String(required=True)


class OutcomeOut(Schema):
    """What became of an attempt. Wrong answers are kept nowhere; `is_kept` says whether passing was."""

    is_passed = fields.Boolean(required=True)
    is_kept = fields.Boolean(required=True)
    checked = fields.List(fields.Nested(CheckedOut), required=True)


class ShownIn(Schema):
    is_shown = fields.Boolean(required=True, truthy={True}, falsy={False})


class CertifiedOut(Schema):
    title = fields.String(required=True)
    passed_on = fields.Date(required=True)


class OwnCertificateOut(Schema):
    code = fields.String(required=True)
    issued_at = fields.AwareDateTime(required=True)
    shown_since = fields.AwareDateTime(required=True, allow_none=True)
    url = fields.String(required=True, metadata={"description": "Where others can check it while it is shown."})
    lessons = fields.List(fields.Nested(CertifiedOut), required=True)


class CertificateOut(Schema):
    """A certificate its owner shows."""

    name = fields.String(required=True)
    code = fields.String(required=True)
    issued_at = fields.AwareDateTime(required=True)
    lessons = fields.List(fields.Nested(CertifiedOut), required=True)


# --- For authors.


class LessonQuestionIn(Schema):
    question = Text(longest=LONGEST_QUESTION, blank=True, load_default="")
    answers = fields.List(
        Text(longest=LONGEST_ANSWER, blank=True), load_default=list, validate=validate.Length(max=MOST_ANSWERS)
    )
    right = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(0, MOST_ANSWERS - 1)
    )
    explanation = Text(longest=LONGEST_EXPLANATION, newlines=True, blank=True, load_default="")


class LessonTextIn(Schema):
    title = Text(longest=LONGEST_TITLE, required=True)
    steps = fields.List(
        Text(longest=LONGEST_STEP, newlines=True), load_default=list, validate=validate.Length(max=MOST_STEPS)
    )
    questions = fields.List(
        fields.Nested(LessonQuestionIn), load_default=list, validate=validate.Length(max=MOST_QUESTIONS)
    )


class LessonIn(Schema):
    subject = fields.Enum(LessonSubject, by_value=True, required=True)
    texts = fields.Dict(
        keys=Text(longest=20),
        values=fields.Nested(LessonTextIn),
        required=True,
        validate=validate.Length(min=1, max=MOST_LANGUAGES),
    )
    source = Text(longest=LONGEST_SOURCE, blank=True, load_default="")
    is_required = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class LessonChangeIn(Schema):
    """What to change. Texts replace all languages, in a version nobody sees before it is published."""

    subject = fields.Enum(LessonSubject, by_value=True)
    texts = fields.Dict(
        keys=Text(longest=20), values=fields.Nested(LessonTextIn), validate=validate.Length(min=1, max=MOST_LANGUAGES)
    )
    source = Text(longest=LONGEST_SOURCE, blank=True)
    is_required = fields.Boolean(truthy={True}, falsy={False})
    asked_again_on = fields.Date(allow_none=True)
    position = fields.Integer(strict=True, validate=validate.Range(1, 1_000))


class PublicationIn(Schema):
    override_reason = Text(
        longest=LONGEST_REASON,
        blank=True,
        load_default="",
        metadata={"description": "Why words that could keep people from protected talk have to stand."},
    )


class QuestionOut(QuestionToAnswerOut):
    right = fields.Integer(required=True, allow_none=True)
    explanation = fields.String(required=True)


class LessonTextOut(Schema):
    title = fields.String(required=True)
    steps = fields.List(fields.String(), required=True)
    questions = fields.List(fields.Nested(QuestionOut), required=True)


class AuthoredLessonOut(Schema):
    """A lesson as its authors see it: the newest version, published or not."""

    id = fields.UUID(attribute="lesson.id", required=True)
    subject = fields.Enum(LessonSubject, attribute="lesson.subject", by_value=True, required=True)
    state = fields.Enum(LessonState, attribute="lesson.state", by_value=True, required=True)
    position = fields.Integer(attribute="lesson.position", required=True)
    is_required = fields.Boolean(attribute="lesson.is_required", required=True)
    asked_again_on = fields.Date(attribute="lesson.asked_again_on", required=True, allow_none=True)
    is_default = fields.Function(lambda one: one.lesson.default_name is not None, metadata={"type": "boolean"})
    version = fields.Integer(attribute="version.number", required=True)
    published_at = fields.AwareDateTime(attribute="version.published_at", required=True, allow_none=True)
    source = fields.String(attribute="version.source", required=True)
    texts = fields.Dict(keys=fields.String(), values=fields.Nested(LessonTextOut), required=True)


class AuthoredLessonsOut(Schema):
    data = fields.List(fields.Nested(AuthoredLessonOut), required=True)
