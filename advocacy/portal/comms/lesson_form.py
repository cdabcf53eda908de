"""The form of a lesson in one language: between fields and what the services take, in both directions."""

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from advocacy.foundation.errors import FieldProblem, Invalid
from advocacy.learning.texts import MOST_ANSWERS, MOST_QUESTIONS
from advocacy.portal.pages import FormErrors

LONGEST_FORM_TEXT = 20_000
_STEP = re.compile(r"\n\s*\n")


def text_of(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the lesson text that was submitted: a step for each paragraph, questions that say anything at all."""

    def field(name: str) -> str:
        return form.get(name, "").replace("\r\n", "\n").strip()[:LONGEST_FORM_TEXT]

    questions = []
    for place in range(MOST_QUESTIONS):
        answers = [field(f"answer_{place}_{number}") for number in range(MOST_ANSWERS)]
        # The right one is named by its field; empty fields before it are left out, so its place moves up.
        chosen = field(f"right_{place}")
        right = int(chosen) if chosen.isascii() and chosen.isdecimal() and int(chosen[:6]) < MOST_ANSWERS else None
        if right is not None:
            right = sum(1 for answer in answers[:right] if answer) if answers[right] else None
        question = {
            "question": field(f"question_{place}"),
            "answers": [answer for answer in answers if answer],
            "right": right,
            "explanation": field(f"explanation_{place}"),
        }
        if any(question[name] for name in ("question", "answers", "explanation")):
            questions.append(question)
    return {
        "title": field("title"),
        "steps": [step.strip() for step in _STEP.split(field("steps")) if step.strip()],
        "questions": questions,
    }


def values_of(text: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the form's fields for a lesson text."""
    values = {"title": text["title"], "steps": "\n\n".join(text["steps"])}
    for place, question in enumerate(text["questions"]):
        values[f"question_{place}"] = question["question"]
        values[f"explanation_{place}"] = question["explanation"]
        values[f"right_{place}"] = "" if question["right"] is None else str(question["right"])
        values |= {f"answer_{place}_{number}": answer for number, answer in enumerate(question["answers"])}
    return values


def told(error: Invalid, language: str) -> FormErrors:
    """Return the problems by the names of the form's fields; those of other languages stand above the form."""
    errors = FormErrors()
    for problem in error.problems:
        errors.setdefault(_field_of(problem, language), []).append(_said(problem, language))
    if not errors:
        errors[""] = [error.detail]
    return errors


def _field_of(problem: FieldProblem, language: str) -> str:
    match problem.pointer.split("/"):
        case ["texts", spoken, *_rest] if spoken != language:
            return ""
        case ["texts", _language, "questions", place, "answers", *number]:
            return f"answer_{place}_{number[0] if number else 0}"
        case ["texts", _language, "questions", place, part]:
            return f"{part}_{place}"
        case ["texts", _language, "questions"]:
            return "question_0"
        case ["texts", _language, part, *_rest]:
            return part
        case [part]:
            return "title" if part == "texts" else part
    return ""


def _said(problem: FieldProblem, language: str) -> str:
    parts = problem.pointer.split("/")
    is_elsewhere = parts[0] == "texts" and len(parts) > 1 and parts[1] != language
    return f"{parts[1]}: {problem.detail}" if is_elsewhere else problem.detail
