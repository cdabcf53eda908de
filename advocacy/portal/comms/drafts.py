"""What would go out, in one shape: read from a stored version or from a form that is not saved yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from advocacy.content import queries
from advocacy.content.destinations import is_allowed_host, read_destination
from advocacy.content.models import ContentItem, ContentText, ContentVersion, ItemKind
from advocacy.content.phrases import avoided_phrases, find_phrases, tell
from advocacy.foundation import clock, preferences
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web_addresses import read_address
from advocacy.portal.comms.labels import language_name
from advocacy.portal.network_previews import Preview
from advocacy.portal.presenting import listed, whole
from advocacy.sharing.channels import measure
from advocacy.sharing.codes import LENGTH
from advocacy.sharing.disclosure import Rulebook, disclose
from config.networks import Network, network_of, networks

# Where a caption for any network is tried out: the two people use most, and the tightest.
SHOWN_NETWORKS = ("linkedin", "x", "bluesky")


@dataclass(frozen=True, slots=True)
class DraftText:
    language: str
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class DraftCaption:
    """A suggested wording for one network, or for any."""

    network: Network | None
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An item's content as a whole."""

    kind: ItemKind
    texts: tuple[DraftText, ...]
    captions: tuple[DraftCaption, ...] = ()
    destination: str | None = None
    image_sha256: str | None = None
    image_alternative: str | None = None
    is_text_locked: bool = False
    is_product: bool = False
    opening_reference: str | None = None
    live_from: datetime | None = None
    expires_at: datetime | None = None

    @property
    def image_url(self) -> str | None:
        return queries.image_url(self.image_sha256)

    @property
    def host(self) -> str | None:
        try:
            return read_address(self.destination.strip()).host if self.destination else None
        except ValueError:
            return None

    @property
    def first(self) -> DraftText:
        """The text in the deployment's language, else the first there is."""
        default = preferences.deployment().default_language
        return min(self.texts, key=lambda text: text.language != default, default=DraftText(default, "", ""))


@dataclass(slots=True)
class Checks:
    """What was looked at before something goes out: `state` is ok, hint or stop."""

    items: list[dict[str, str]] = field(default_factory=list)

    def add(self, state: str, text: str) -> None:
        self.items.append({"state": state, "text": text})

    @property
    def stops(self) -> int:
        return sum(1 for item in self.items if item["state"] == "stop")


def draft_of(item: ContentItem, version: ContentVersion) -> Draft:
    """Return a stored version as a draft."""
    return Draft(
        kind=item.kind,
        texts=tuple(DraftText(text.language, text.title, text.summary) for text in _texts_in_order(version)),
        captions=tuple(
            DraftCaption(
                network_of(caption.network) if caption.network is not None else None, caption.language, caption.text
            )
            for caption in queries.captions_of(version.id)
        ),
        destination=version.destination,
        image_sha256=version.image_sha256,
        image_alternative=version.image_alternative,
        is_text_locked=version.is_text_locked,
        is_product=item.is_product,
        opening_reference=item.opening_reference,
        live_from=item.live_from,
        expires_at=item.expires_at,
    )


def _texts_in_order(version: ContentVersion) -> list[ContentText]:
    default = preferences.deployment().default_language
    return sorted(queries.texts_of(version.id), key=lambda text: (text.language != default, text.language))


def example_link() -> str:
    """Return a link as long as a real one."""
    return f"{preferences.deployment().link_url}/{'x' * LENGTH}"


def preview_of(draft: Draft, caption: DraftCaption, network: Network, book: Rulebook) -> Preview:
    """Return what a network would get, with the disclosure the server adds."""
    link = example_link() if draft.destination else None
    problem = None
    try:
        disclosed = disclose(
            caption.text,
            network=network,
            country=None,
            language=caption.language,
            is_locked=draft.is_text_locked,
            is_product=draft.is_product,
            book=book,
        )
        text, was_added = disclosed.text, disclosed.was_added
    except Invalid as error:
        text, was_added, problem = caption.text, False, error.detail
    return Preview(network, caption.language, text, link, measure(text, link, network), was_added, problem)


def tightest_previews_of(draft: Draft) -> list[Preview]:
    """Return one preview for each caption; of one for any network, on the network that leaves the least room."""
    has_link, book = draft.destination is not None, Rulebook.in_force()
    found = []
    for caption in draft.captions:
        if caption.network is not None:
            found.append(preview_of(draft, caption, caption.network, book))
        else:
            fitting = [preview_of(draft, caption, one, book) for one in networks() if has_link or one.prefills]
            found.append(replace(min(fitting, key=lambda one: one.measured.left), is_for_any=True))
    return found


def previews_of(draft: Draft) -> list[Preview]:
    """Return a preview for each caption: on its own network, or on a few when it is for any."""
    has_link, book = draft.destination is not None, Rulebook.in_force()
    shown = [network for network in networks() if network.key in SHOWN_NETWORKS and (has_link or network.prefills)]
    found = []
    for caption in draft.captions:
        for network in [caption.network] if caption.network is not None else shown:
            if caption.text.strip():
                found.append(preview_of(draft, caption, network, book))
    return found


def checks_of(draft: Draft) -> Checks:
    """Return what was checked, told kindly. A stop keeps the item from going out; a hint does not."""
    checks = Checks()
    _check_texts(draft, checks)
    _check_destination(draft, checks)
    if draft.image_sha256 is not None:
        if (draft.image_alternative or "").strip():
            checks.add("ok", _("The picture is described for people who cannot see it."))
        else:
            checks.add("stop", _("Describe the picture for people who cannot see it."))
    elif draft.kind is ItemKind.IMAGE:
        checks.add("stop", _("This kind of item needs a picture."))
    if draft.kind is ItemKind.JOB and not (draft.opening_reference or "").strip():
        checks.add("stop", _("A job opening needs its reference, so that applications can be told apart."))
    book = Rulebook.in_force()
    for caption in draft.captions:
        _check_caption(draft, caption, checks, book)
    _check_phrases(draft, checks)
    if not draft.captions:
        if draft.is_text_locked:
            checks.add("stop", _("A locked text needs at least one caption."))
        else:
            checks.add("hint", _("There is no caption. A first sentence to start from helps people to find their own."))
    if draft.expires_at is not None and draft.expires_at <= clock.now():
        checks.add("stop", _("Its last day is over."))
    if draft.is_product:
        checks.add("hint", _("It is about a product or service: it is always reviewed, and kept for longer."))
    return checks


def _check_phrases(draft: Draft, checks: Checks) -> None:
    """Tell of every phrase to avoid, with the place where it stands."""
    listed = avoided_phrases()
    texts = [part for text in draft.texts for part in (text.title, text.summary)]
    for text in (*texts, *(caption.text for caption in draft.captions)):
        for found in find_phrases(text, listed):
            checks.add("stop" if found.phrase.is_blocking else "hint", tell(found))


def _check_texts(draft: Draft, checks: Checks) -> None:
    languages = [text.language for text in draft.texts]
    default = preferences.deployment().default_language
    if not draft.texts:
        checks.add("stop", _("Write a title in at least one language."))
    elif default not in languages:
        checks.add(
            "hint",
            _(
                "There is no text in %(language)s, so everybody reads it in %(others)s.",
                language=language_name(default),
                others=listed(map(language_name, languages)),
            ),
        )
    for caption_language in sorted({caption.language for caption in draft.captions} - set(languages)):
        checks.add(
            "hint",
            _("There is a caption in %(language)s and no text in it.", language=language_name(caption_language)),
        )


def _check_destination(draft: Draft, checks: Checks) -> None:
    if draft.destination:
        ok, text = destination_check(draft.destination)
        checks.add("ok" if ok else "stop", text)
    elif draft.kind not in {ItemKind.TEXT, ItemKind.IMAGE}:
        checks.add("stop", _("This kind of item needs a link."))


def destination_check(url: str) -> tuple[bool, str]:
    """Return whether links may lead to an address, and a sentence that says so."""
    try:
        host = read_destination(url.strip()).host
    except ValueError as error:
        return False, str(error)
    if is_allowed_host(host):
        return True, _("Leads to %(host)s, which is on the list of hosts.", host=host)
    return False, _("Links may not lead to %(host)s yet. An administrator can add this host.", host=host)


def _check_caption(draft: Draft, caption: DraftCaption, checks: Checks, book: Rulebook) -> None:
    fitting = [caption.network] if caption.network is not None else list(networks())
    previews = [preview_of(draft, caption, network, book) for network in fitting]
    name = caption.network.name if caption.network is not None else _("Any network")
    label = _("%(network)s, %(language)s", network=name, language=language_name(caption.language))
    if any(preview.problem for preview in previews):
        checks.add("stop", _("%(label)s: the locked text does not say that its author works here.", label=label))
    too_long = [preview for preview in previews if not preview.measured.fits]
    if len(previews) == 1 or not too_long:
        _check_length(label, previews, too_long, checks, is_locked=draft.is_text_locked)
    else:
        names = listed(preview.network.name for preview in too_long)
        text = _("%(label)s: too long for %(names)s. People will have to shorten it there.", label=label, names=names)
        checks.add("stop" if draft.is_text_locked else "hint", text)


def _check_length(
    label: str, previews: Sequence[Preview], too_long: Sequence[Preview], checks: Checks, *, is_locked: bool
) -> None:
    tightest: Any = min(previews, key=lambda preview: preview.measured.left)
    added = _(" with the line that says where they work") if tightest.was_added else ""
    used, limit = whole(tightest.measured.length), whole(tightest.measured.limit)
    if too_long:
        over = -tightest.measured.left
        text = ngettext(
            "%(label)s: %(num)s character too many%(added)s.",
            "%(label)s: %(num)s characters too many%(added)s.",
            over,
            label=label,
            added=added,
        )
        checks.add("stop" if is_locked else "hint", text)
    elif len(previews) == 1:
        text = _(
            "%(label)s: %(used)s of %(limit)s characters%(added)s.", label=label, used=used, limit=limit, added=added
        )
        checks.add("ok", text)
    else:
        checks.add("ok", _("%(label)s: fits everywhere%(added)s.", label=label, added=added))
