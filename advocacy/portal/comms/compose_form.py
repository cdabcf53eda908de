"""The form of an item: between rows of fields and what the services take, in both directions."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from advocacy.content import queries
from advocacy.content.circumstances import check_date
from advocacy.content.models import ContentItem, ItemKind
from advocacy.foundation import preferences
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid
from advocacy.people.models import Audience, OrgUnit, Topic
from advocacy.portal.comms.drafts import Draft, DraftCaption, DraftText
from advocacy.portal.pages import FormErrors
from config.networks import find_network, network_of

MOST_ROWS = 40
LOCAL = "%Y-%m-%dT%H:%M"
PARTS_OF_AUDIENCE = ("units", "countries", "languages", "topics")
AUDIENCE_LISTS = tuple(f"{side}_{part}" for side in ("audience", "except") for part in PARTS_OF_AUDIENCE)
LISTS = (*AUDIENCE_LISTS, "topics")


class FormOfItem:
    """What was submitted. Problems collect in `errors` by the name of the field that has to be mended."""

    def __init__(self, form: MultiDict[str, str]) -> None:
        self.form = form
        self.errors = FormErrors()
        self.texts = [row for row in range(self.rows("language")) if self._has_text(row)]
        self.captions = [row for row in range(self.rows("caption_text")) if self.text(f"caption_text_{row}").strip()]

    def rows(self, prefix: str) -> int:
        """Return how many rows of a kind the form has."""
        count = 0
        while count < MOST_ROWS and f"{prefix}_{count}" in self.form:
            count += 1
        return count

    def text(self, name: str) -> str:
        return str(self.form.get(name, "")).replace("\r\n", "\n")

    def _has_text(self, row: int) -> bool:
        return bool(self.text(f"title_{row}").strip() or self.text(f"summary_{row}").strip())

    def is_ticked(self, name: str) -> bool:
        return self.form.get(name) == "yes"

    @property
    def kind(self) -> ItemKind:
        try:
            return ItemKind(self.text("kind"))
        except ValueError:
            self.errors["kind"] = [_("Choose what it is.")]
            return ItemKind.ARTICLE

    def arguments(self) -> dict[str, Any]:
        """Return what the services take besides the picture. Look at `errors` afterwards."""
        if not self.texts:
            self.errors["title_0"] = [_("Write a title.")]
        languages = [self.text(f"language_{row}") for row in self.texts]
        for row, language in zip(self.texts, languages, strict=True):
            if languages.count(language) > 1:
                self.errors[f"language_{row}"] = [_("This language is there twice. Keep one of the two.")]
        return {
            "kind": self.kind,
            "unit_id": self._id("unit_id"),
            "texts": {
                self.text(f"language_{row}"): {
                    "title": self.text(f"title_{row}"),
                    "summary": self.text(f"summary_{row}"),
                }
                for row in self.texts
            },
            "captions": [
                {
                    "network": self.text(f"caption_network_{row}") or None,
                    "language": self.text(f"caption_language_{row}"),
                    "text": self.text(f"caption_text_{row}"),
                }
                for row in self.captions
            ],
            "destination": self.text("destination").strip() or None,
            "image_alternative": self.text("image_alternative") or None,
            "is_text_locked": self.is_ticked("is_text_locked"),
            "is_product": self.is_ticked("is_product"),
            "is_non_business": self.is_ticked("is_non_business"),
            "opening_reference": self.text("opening_reference").strip() or None,
            "audience": self.audience(),
            "topic_ids": self._ids("topics"),
            "priority": self._priority(),
            "is_pinned": self.is_ticked("is_pinned"),
            "live_from": self._instant("live_from"),
            "expires_at": self._instant("expires_at"),
            "embargo_until": self._instant("embargo_until"),
            "campaign_id": self._id("campaign_id"),
        }

    def audience(self) -> dict[str, Any]:
        """Return the audience as `make_audience` takes it."""
        match = "any" if self.text("audience_match") == "any" else "all"
        return {**self._conditions("audience"), "match": match, "excluded": self._conditions("except")}

    def _conditions(self, side: str) -> dict[str, list[Any]]:
        return {
            "unit_ids": self._ids(f"{side}_units"),
            "countries": self.form.getlist(f"{side}_countries"),
            "languages": self.form.getlist(f"{side}_languages"),
            "topic_ids": self._ids(f"{side}_topics"),
            "roles": [role for role in self.text(f"{side}_roles").split(",") if role.strip()],
        }

    def draft(self, image_sha256: str | None) -> Draft:
        """Return what is in the form as it would go out, complete or not."""
        return Draft(
            kind=self.kind,
            texts=tuple(
                DraftText(self.text(f"language_{row}"), self.text(f"title_{row}"), self.text(f"summary_{row}"))
                for row in self.texts
            ),
            captions=tuple(
                DraftCaption(
                    find_network(self.text(f"caption_network_{row}")),
                    self.text(f"caption_language_{row}"),
                    self.text(f"caption_text_{row}").strip(),
                )
                for row in self.captions
            ),
            destination=self.text("destination").strip() or None,
            image_sha256=image_sha256,
            image_alternative=self.text("image_alternative"),
            is_text_locked=self.is_ticked("is_text_locked"),
            is_product=self.is_ticked("is_product"),
            opening_reference=self.text("opening_reference"),
            live_from=self._instant("live_from"),
            expires_at=self._instant("expires_at"),
        )

    def blame(self, error: Invalid) -> None:
        """Put what a service refused beside the fields it is about."""
        for problem in error.problems:
            self.errors.setdefault(self._field(problem.pointer.strip("/")), []).append(problem.detail)
        if not error.problems:
            self.errors[""] = [error.detail]

    def _field(self, pointer: str) -> str:
        parts = pointer.split("/")
        if parts[0] == "texts" and len(parts) > 1:
            row = next((row for row in self.texts if self.text(f"language_{row}") == parts[1]), 0)
            return f"{parts[2] if len(parts) > 2 else 'language'}_{row}"
        if parts[0] == "captions" and len(parts) > 2 and parts[1].isdecimal():
            place = int(parts[1])
            row = self.captions[place] if place < len(self.captions) else 0
            return f"caption_{parts[2]}_{row}"
        renamed = {"texts": "title_0", "captions": "caption_text_0", "image_sha256": "picture", "topic_ids": "topics"}
        renamed |= {"audience": "audience_units", "countries": "audience_countries", "roles": "audience_roles"}
        return renamed.get(parts[0], parts[0])

    def _id(self, name: str) -> UUID | None:
        value = self.text(name)
        if not value:
            return None
        try:
            return UUID(value)
        except ValueError:
            self.errors[name] = [_("Choose from the list.")]
            return None

    def _ids(self, name: str) -> list[UUID]:
        try:
            return [UUID(value) for value in self.form.getlist(name)]
        except ValueError:
            self.errors[name] = [_("Choose from the list.")]
            return []

    def _priority(self) -> int:
        value = self.text("priority").strip() or "0"
        if not (value.isascii() and value.isdecimal() and len(value) <= 3):
            self.errors["priority"] = [_("Enter a whole number from 0 to 100.")]
            return 0
        return int(value)

    def _instant(self, name: str) -> datetime | None:
        value = self.text(name).strip()
        if not value:
            return None
        try:
            # Browsers send local time; it means the programme's zone, as the field says.
            instant = datetime.strptime(value[:16], LOCAL).replace(tzinfo=preferences.zone())
        except ValueError:
            self.errors[name] = [_("Enter a day and a time, such as 2026-11-22T09:00.")]
            return None
        try:
            check_date(name, instant)
        except Invalid as error:
            self.errors[name] = [error.problems[0].detail]
            return None
        return instant


def submitted() -> FormOfItem:
    return FormOfItem(request.form)


def values_of_form(form: FormOfItem) -> dict[str, Any]:
    """Return what was typed, in the shape the template shows."""
    values: dict[str, Any] = {name: form.text(name) for name in form.form}
    return values | {name: form.form.getlist(name) for name in LISTS}


def values_of_item(item: ContentItem) -> dict[str, Any]:
    """Return a stored item in the shape the template shows."""
    version = queries.current_version(item)
    audience = session.get_one(Audience, item.audience_key)
    values: dict[str, Any] = {
        "kind": item.kind.value,
        "unit_id": str(session.get_one(OrgUnit, item.unit_key).id),
        "destination": version.destination,
        "image_sha256": version.image_sha256,
        "image_alternative": version.image_alternative,
        "is_text_locked": version.is_text_locked,
        "is_product": item.is_product,
        "is_non_business": item.is_non_business,
        "opening_reference": item.opening_reference,
        "priority": item.priority,
        "is_pinned": item.is_pinned,
        "live_from": _local(item.live_from),
        "expires_at": _local(item.expires_at),
        "embargo_until": _local(item.embargo_until),
        "campaign_id": str(queries.find_campaign_id(item.campaign_key) or ""),
        **values_of_audience(audience),
        "topics": _public_ids(Topic, item.topic_keys),
        "seen_version": item.row_version,
    }
    default = preferences.deployment().default_language
    texts = sorted(queries.texts_of(version.id), key=lambda text: (text.language != default, text.language))
    for row, text in enumerate(texts):
        values |= {f"language_{row}": text.language, f"title_{row}": text.title, f"summary_{row}": text.summary}
    for row, caption in enumerate(queries.captions_of(version.id)):
        network = network_of(caption.network).key if caption.network is not None else ""
        values |= {
            f"caption_network_{row}": network,
            f"caption_language_{row}": caption.language,
            f"caption_text_{row}": caption.text,
        }
    return values


def values_of_audience(audience: Audience) -> dict[str, Any]:
    """Return an audience in the shape the template shows."""
    return {
        "audience_match": "any" if audience.is_any else "all",
        "audience_units": _public_ids(OrgUnit, audience.unit_keys),
        "audience_countries": audience.countries,
        "audience_languages": audience.languages,
        "audience_topics": _public_ids(Topic, audience.topic_keys),
        "audience_roles": ", ".join(audience.roles),
        "except_units": _public_ids(OrgUnit, audience.except_unit_keys),
        "except_countries": audience.except_countries,
        "except_languages": audience.except_languages,
        "except_topics": _public_ids(Topic, audience.except_topic_keys),
        "except_roles": ", ".join(audience.except_roles),
    }


def rows_in(values: Mapping[str, Any], prefix: str) -> int:
    """Return how many rows of a kind these values fill."""
    return sum(1 for name in values if name.startswith(f"{prefix}_") and name.rsplit("_", 1)[1].isdecimal())


def _local(instant: datetime | None) -> str:
    return instant.astimezone(preferences.zone()).strftime(LOCAL) if instant is not None else ""


def _public_ids(model: Any, keys: Iterable[int]) -> list[str]:
    found = (session.get(model, key) for key in keys)
    return [str(row.id) for row in found if row is not None]
