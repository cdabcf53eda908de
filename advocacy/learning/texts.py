"""What a lesson says, checked: a draft for what can be stored, a lesson to publish for what can be learned from it."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _

from advocacy.content.wording import MOST_LANGUAGES, is_language_code
from advocacy.foundation.errors import FieldProblem, Invalid
from advocacy.foundation.fields import unfit_character

LONGEST_TITLE, LONGEST_STEP, LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_EXPLANATION = 120, 600, 300, 200, 400
LONGEST_SOURCE = LONGEST_REASON = 500
MOST_STEPS, LEAST_QUESTIONS, MOST_QUESTIONS, LEAST_ANSWERS, MOST_ANSWERS = 7, 2, 5, 2, 4
# What most people read in a minute and a half, answers not counted.
MOST_CHARACTERS = 1_800

Texts = Mapping[str, Mapping[str, Any]]


def checked_draft(texts: Texts) -> dict[str, dict[str, Any]]:
    """Return texts that can be stored, complete or not. Raises Invalid naming every field that is wrong."""
    problems: list[FieldProblem] = []
    if not texts:
        problems.append(FieldProblem("texts", "missing", _("Write the lesson in at least one language.")))
    if len(texts) > MOST_LANGUAGES:
        problems.append(FieldProblem("texts", "too_many", _("At most %(most)s languages.", most=MOST_LANGUAGES)))
    checked: dict[str, dict[str, Any]] = {}
    for language, text in texts.items():
        where = f"texts/{language}"
        if not is_language_code(language):
            problems.append(FieldProblem(where, "invalid", _("Name the language by its code, such as en or pt-BR.")))
        checked[language] = {
            "title": _line(text["title"], LONGEST_TITLE, f"{where}/title", problems),
            "steps": [
                _lines(step, LONGEST_STEP, f"{where}/steps/{place}", problems)
                for place, step in enumerate(text["steps"][:MOST_STEPS])
            ],
            "questions": [
                _question(question, f"{where}/questions/{place}", problems)
                for place, question in enumerate(text["questions"][:MOST_QUESTIONS])
            ],
        }
        if not checked[language]["title"]:
            problems.append(FieldProblem(f"{where}/title", "missing", _("Write a title.")))
        problems.extend(_too_many(text, where))
    if problems:
        raise Invalid(_("Some of the lesson needs another look."), problems=tuple(problems))
    return checked


def require_complete(texts: Texts) -> None:
    """Raise Invalid, naming every gap, unless somebody can learn from the texts and the languages ask the same."""
    problems = [problem for language, text in texts.items() for problem in _gaps(text, f"texts/{language}")]
    if not texts:
        problems.append(FieldProblem("texts", "missing", _("Write the lesson in at least one language.")))
    languages = sorted(texts)
    for language in languages[1:]:
        if _shape(texts[language]) != _shape(texts[languages[0]]):
            detail = _(
                "Ask the same questions in every language, with the right answer in the same place: %(one)s and "
                "%(other)s differ.",
                one=languages[0],
                other=language,
            )
            problems.append(FieldProblem(f"texts/{language}/questions", "differs", detail))
    if problems:
        raise Invalid(_("The lesson is not complete yet."), problems=tuple(problems))


def _shape(text: Mapping[str, Any]) -> list[tuple[int, int | None]]:
    return [(len(question["answers"]), question["right"]) for question in text["questions"]]


def _gaps(text: Mapping[str, Any], where: str) -> Iterator[FieldProblem]:
    if not text["steps"]:
        yield FieldProblem(f"{where}/steps", "missing", _("Write at least one step."))
    if sum(map(len, text["steps"])) > MOST_CHARACTERS:
        detail = _("Longer than a minute: at most %(most)s characters in all steps.", most=MOST_CHARACTERS)
        yield FieldProblem(f"{where}/steps", "too_long", detail)
    if len(text["questions"]) < LEAST_QUESTIONS:
        yield FieldProblem(
            f"{where}/questions", "missing", _("Ask at least %(least)s questions.", least=LEAST_QUESTIONS)
        )
    for place, question in enumerate(text["questions"]):
        at = f"{where}/questions/{place}"
        if not question["question"]:
            yield FieldProblem(f"{at}/question", "missing", _("Write the question."))
        if len(question["answers"]) < LEAST_ANSWERS or not all(question["answers"]):
            yield FieldProblem(f"{at}/answers", "missing", _("Give at least %(least)s answers.", least=LEAST_ANSWERS))
        if question["right"] is None or question["right"] >= len(question["answers"]):
            yield FieldProblem(f"{at}/right", "missing", _("Say which answer is right."))
        if not question["explanation"]:
            yield FieldProblem(f"{at}/explanation", "missing", _("Say why: that is what people learn from."))


def _too_many(text: Mapping[str, Any], where: str) -> Iterator[FieldProblem]:
    if len(text["steps"]) > MOST_STEPS:
        yield FieldProblem(f"{where}/steps", "too_many", _("At most %(most)s steps.", most=MOST_STEPS))
    if len(text["questions"]) > MOST_QUESTIONS:
        yield FieldProblem(f"{where}/questions", "too_many", _("At most %(most)s questions.", most=MOST_QUESTIONS))
    for place, question in enumerate(text["questions"][:MOST_QUESTIONS]):
        if len(question["answers"]) > MOST_ANSWERS:
            yield FieldProblem(
                f"{where}/questions/{place}/answers", "too_many", _("At most %(most)s answers.", most=MOST_ANSWERS)
            )


def _question(question: Mapping[str, Any], where: str, problems: list[FieldProblem]) -> dict[str, Any]:
    return {
        "question": _line(question["question"], LONGEST_QUESTION, f"{where}/question", problems),
        "answers": [
            _line(answer, LONGEST_ANSWER, f"{where}/answers/{place}", problems)
            for place, answer in enumerate(question["answers"][:MOST_ANSWERS])
        ],
        "right": question["right"],
        "explanation": _lines(question["explanation"], LONGEST_EXPLANATION, f"{where}/explanation", problems),
    }


def _line(text: str, longest: int, where: str, problems: list[FieldProblem]) -> str:
    return _lines(" ".join(text.split()), longest, where, problems)


def _lines(text: str, longest: int, where: str, problems: list[FieldProblem]) -> str:
    kept = text.replace("\r\n", "\n").strip()
    if len(kept) > longest:
        problems.append(FieldProblem(where, "too_long", _("At most %(longest)s characters.", longest=longest)))
    if unfit_character(kept) is not None:
        problems.append(FieldProblem(where, "invalid", _("It contains a character that cannot be stored.")))
    return kept
