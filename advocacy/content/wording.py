"""What an item says, as one value: checked as a whole, fixed by one hash, and never changed in place."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.content.destinations import check_destination
from advocacy.content.models import Caption, ContentText, ContentVersion, ItemKind
from advocacy.foundation.db import session
from advocacy.foundation.errors import FieldProblem, Invalid
from advocacy.foundation.fields import unfit_character
from advocacy.foundation.models import Media
from config.networks import find_network

LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_CAPTION, LONGEST_ALTERNATIVE = 200, 2_000, 5_000, 500
MOST_LANGUAGES, MOST_CAPTIONS = 30, 200

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}\Z")


@dataclass(frozen=True, slots=True, order=True)
class LanguageText:
    language: str
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class CaptionText:
    """A suggested wording; `network` is a number, or None for any network."""

    network: int | None
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Everything a reader or a network would see of an item."""

    texts: tuple[LanguageText, ...]
    captions: tuple[CaptionText, ...]
    destination: str | None
    image_sha256: str | None
    image_alternative: str | None
    is_text_locked: bool

    @classmethod
    def checked(
        cls,
        *,
        texts: Mapping[str, Mapping[str, str]],
        captions: Iterable[Mapping[str, Any]] = (),
        destination: str | None = None,
        image_sha256: str | None = None,
        image_alternative: str | None = None,
        is_text_locked: bool = False,
    ) -> Self:
        """Return a wording that may be stored. Raises Invalid naming every field that is wrong."""
        problems: list[FieldProblem] = []
        checked_texts = tuple(sorted(_text(language, entry, problems) for language, entry in texts.items()))
        if not texts:
            problems.append(
                FieldProblem("texts", "missing", _("Write a title and a summary in at least one language."))
            )
        if len(texts) > MOST_LANGUAGES:
            problems.append(FieldProblem("texts", "too_many", _("At most %(most)s languages.", most=MOST_LANGUAGES)))
        listed = list(captions)
        if len(listed) > MOST_CAPTIONS:
            problems.append(FieldProblem("captions", "too_many", _("At most %(most)s captions.", most=MOST_CAPTIONS)))
        checked_captions = tuple(_caption(place, entry, problems) for place, entry in enumerate(listed[:MOST_CAPTIONS]))
        if is_text_locked and not listed:
            problems.append(FieldProblem("captions", "missing", _("A locked text needs at least one caption.")))
        alternative = (image_alternative or "").strip() or None
        if image_sha256 is not None:
            if session.get(Media, image_sha256) is None:
                problems.append(
                    FieldProblem("image_sha256", "unknown", _("This picture is not stored. Upload it first."))
                )
            if alternative is None:
                problems.append(
                    FieldProblem(
                        "image_alternative", "missing", _("Describe the picture for people who cannot see it.")
                    )
                )
        _check(alternative or "", LONGEST_ALTERNATIVE, "image_alternative", problems)
        if destination is not None:
            try:
                destination = check_destination(destination)
            except Invalid as error:
                problems.extend(error.problems)
        if problems:
            raise Invalid(_("Some of the content needs another look."), problems=tuple(problems))
        return cls(checked_texts, checked_captions, destination, image_sha256, alternative, bool(is_text_locked))

    def hash_with(self, circumstances: Mapping[str, Any]) -> bytes:
        """Return the SHA-256 of the canonical form, together with what else an approver decides about."""
        return hashlib.sha256(self.canonical_with(circumstances).encode()).digest()

    def canonical_with(self, circumstances: Mapping[str, Any]) -> str:
        """Return the one form that the hash is made from."""
        form = {
            "texts": [[text.language, text.title, text.summary] for text in self.texts],
            "captions": [[caption.network, caption.language, caption.text] for caption in self.captions],
            "destination": self.destination,
            "image": [self.image_sha256, self.image_alternative],
            "is_text_locked": self.is_text_locked,
            "circumstances": dict(circumstances),
        }
        return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def all_words(self, *more: str | None) -> str:
        """Return everything that can be read in it, to be searched."""
        parts = [part for text in self.texts for part in (text.title, text.summary)]
        parts += [caption.text for caption in self.captions]
        return " ".join(part for part in (*parts, self.destination, *more) if part)

    def rows_for(self, version: ContentVersion) -> list[ContentText | Caption]:
        """Return the rows that hold this wording under a version."""
        texts = [
            ContentText(version_id=version.id, language=text.language, title=text.title, summary=text.summary)
            for text in self.texts
        ]
        captions = [
            Caption(
                version_id=version.id,
                network=caption.network,
                language=caption.language,
                text=caption.text,
                position=position,
            )
            for position, caption in enumerate(self.captions)
        ]
        return [*texts, *captions]


def wording_of(version: ContentVersion) -> Wording:
    """Return a stored version's wording, in the order its hash was made from."""
    texts = session.scalars(select(ContentText).where(ContentText.version_id == version.id))
    captions = session.scalars(
        select(Caption).where(Caption.version_id == version.id).order_by(Caption.position, Caption.id)
    )
    return Wording(
        texts=tuple(sorted(LanguageText(row.language, row.title, row.summary) for row in texts)),
        captions=tuple(CaptionText(row.network, row.language, row.text) for row in captions),
        destination=version.destination,
        image_sha256=version.image_sha256,
        image_alternative=version.image_alternative,
        is_text_locked=version.is_text_locked,
    )


def check_complete(kind: ItemKind, wording: Wording, opening_reference: str | None) -> None:
    """Raise Invalid unless an item has what its kind is about."""
    if kind not in {ItemKind.TEXT, ItemKind.IMAGE} and wording.destination is None:
        raise Invalid.field("destination", _("This kind of item needs a link."), code="missing")
    if kind is ItemKind.IMAGE and wording.image_sha256 is None:
        raise Invalid.field("image_sha256", _("An item of kind image needs a picture."), code="missing")
    if kind is ItemKind.JOB and not opening_reference:
        raise Invalid.field(
            "opening_reference", _("An item of kind job needs its opening's reference."), code="missing"
        )
    if kind is not ItemKind.JOB and opening_reference:
        raise Invalid.field("opening_reference", _("Only an item of kind job has an opening."))


def _text(language: str, entry: Mapping[str, str], problems: list[FieldProblem]) -> LanguageText:
    where = f"texts/{language}"
    _check_language(language, where, problems)
    title, summary = str(entry.get("title", "")).strip(), str(entry.get("summary", "")).strip()
    _check(title, LONGEST_TITLE, f"{where}/title", problems, newlines=False)
    _check(summary, LONGEST_SUMMARY, f"{where}/summary", problems)
    if not title:
        problems.append(FieldProblem(f"{where}/title", "missing", _("Write a title.")))
    return LanguageText(language, title, summary)


def _caption(place: int, entry: Mapping[str, Any], problems: list[FieldProblem]) -> CaptionText:
    where = f"captions/{place}"
    language, text = str(entry.get("language", "")), str(entry.get("text", "")).strip()
    text = text.replace("\r\n", "\n")
    _check_language(language, f"{where}/language", problems)
    _check(text, LONGEST_CAPTION, f"{where}/text", problems)
    if not text:
        problems.append(FieldProblem(f"{where}/text", "missing", _("Write the caption, or take it away.")))
    key = entry.get("network")
    network = find_network(key) if key else None
    if key and network is None:
        problems.append(FieldProblem(f"{where}/network", "unknown", _("There is no such network.")))
    if network is not None and len(text) > network.limit:
        problems.append(
            FieldProblem(
                f"{where}/text",
                "too_long",
                _("%(network)s takes at most %(limit)s characters.", network=network.name, limit=network.limit),
            )
        )
    return CaptionText(network.number if network else None, language, text)


def is_language_code(text: str) -> bool:
    """Return whether a text names a language, such as en or pt-BR."""
    return _LANGUAGE.match(text) is not None


def _check_language(language: str, where: str, problems: list[FieldProblem]) -> None:
    if not is_language_code(language):
        problems.append(FieldProblem(where, "invalid", _("Name the language by its code, such as en or pt-BR.")))


def _check(text: str, longest: int, where: str, problems: list[FieldProblem], *, newlines: bool = True) -> None:
    if len(text) > longest:
        problems.append(FieldProblem(where, "too_long", _("At most %(longest)s characters.", longest=longest)))
    if unfit_character(text, newlines=newlines) is not None:
        problems.append(FieldProblem(where, "invalid", _("It contains a character that cannot be stored.")))
