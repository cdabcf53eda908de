"""One item as a message in Slack, in the reader's language: what it is, words to start from, and what to do with it.

What people wrote stands in plain or rich text, where Slack reads no marks: nobody can hide a link in a title.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    Option,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextQuoteElement,
    SectionBlock,
    StaticSelectElement,
)

from advocacy.content.models import SkipReason
from advocacy.content.queries import FeedEntry
from advocacy.content.skipping import REASON_WORDS
from advocacy.foundation.access import Actor
from advocacy.notifications.letters import catalogue
from advocacy.people.models import Employee
from advocacy.people.queries import profiles_of
from advocacy.sharing.captions import starting_point
from advocacy.sharing.digests import links
from advocacy.sharing.digests.writing import language_of_letter
from advocacy.sharing.disclosure.placing import disclose
from advocacy.sharing.queries import networks_by_use
from advocacy.sharing.rule_models import Requirement
from config.networks import Network, find_network, network_of

LONGEST_TITLE, LONGEST_TEXT = 150, 1_500
SHARE, NOT_FOR_ME, STOP = "share", "not_for_me", "stop"
Words = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """A message as Slack takes it; `text` stands in notices and for programs that read aloud."""

    text: str
    blocks: list[dict[str, Any]]


def write_message(employee: Employee, entry: FeedEntry, note: str | None) -> SlackMessage:
    """Return an item as a message for one person. Its button opens their share sheet and nobody else's."""
    words = catalogue(language_of_letter(employee.language)).gettext
    blocks: list[Block] = [HeaderBlock(text=_plain(_short(entry.title, LONGEST_TITLE)))]
    if note:
        blocks.append(SectionBlock(text=_plain(_short(note, LONGEST_TEXT))))
    if entry.summary:
        blocks.append(SectionBlock(text=_plain(_short(entry.summary, LONGEST_TEXT))))
    blocks += _wording(links.reader(employee), employee, entry, words)
    blocks.append(_actions(employee, entry, words))
    return SlackMessage(
        text=words("Worth sharing: {title}").format(title=_short(entry.title, LONGEST_TITLE)),
        blocks=[block.to_dict() for block in blocks],
    )


def write_answer(language: str | None, title: str) -> SlackMessage:
    """Return what takes the place of a message whose item somebody passed by."""
    words = catalogue(language_of_letter(language)).gettext
    text = words("Passed by: {title}. Thank you; your reason goes on without your name.").format(
        title=_short(title, LONGEST_TITLE)
    )
    return SlackMessage(text=text, blocks=[ContextBlock(elements=[_plain(text)]).to_dict()])


def _wording(reader: Actor, employee: Employee, entry: FeedEntry, words: Words) -> list[Block]:
    """Return words to start from and what readers are told about their author, as far as there is something to say."""
    network = _network(reader, entry)
    if network is None:
        return []
    blocks: list[Block] = []
    caption = starting_point(reader, entry, network, deals=False)
    if caption is not None:
        before = (
            words("Words to share as they are:")
            if entry.version.is_text_locked
            else words("Words to start from. Your own are better:")
        )
        quoted = RichTextElementParts.Text(text=_short(caption.text, LONGEST_TEXT))
        blocks.append(ContextBlock(elements=[_plain(before)]))
        blocks.append(RichTextBlock(elements=[RichTextQuoteElement(elements=[quoted])]))
    reminder = _reminder(employee, entry, network, words)
    if reminder:
        blocks.append(ContextBlock(elements=[_plain(reminder)]))
    return blocks


def _reminder(employee: Employee, entry: FeedEntry, network: Network, words: Words) -> str:
    """Return what the rules in force say about naming one's employer, or nothing where they ask nothing."""
    found = disclose(
        "",
        network=network,
        country=employee.country,
        language=entry.language,
        is_locked=False,
        is_product=entry.is_product,
    )
    line = found.evidence["line"]
    if found.requirement is Requirement.REQUIRED:
        return words("Readers are told where you work. If your post does not say it, we add “{line}”.").format(
            line=line
        )
    if found.requirement is Requirement.OWN_CHOICE:
        return words("Whether your post says where you work is your own choice; “{line}” would say it.").format(
            line=line
        )
    return ""


def _network(reader: Actor, entry: FeedEntry) -> Network | None:
    """Return where the reader would most likely take the item: where they shared last, have a network, or anywhere."""
    likely = [*networks_by_use(reader), *(profile.network for profile in profiles_of(reader))]
    keys = [*(network_of(number).key for number in likely), *entry.networks]
    return next((find_network(key) for key in keys if key in entry.networks), None)


def _actions(employee: Employee, entry: FeedEntry, words: Words) -> ActionsBlock:
    reasons = [
        Option(value=f"{entry.id}/{reason.value}", text=_plain(words(REASON_WORDS[reason]))) for reason in SkipReason
    ]
    return ActionsBlock(
        elements=[
            ButtonElement(
                text=_plain(words("Share it")),
                action_id=SHARE,
                style="primary",
                url=links.sheet_url(employee.id, entry.id),
            ),
            StaticSelectElement(
                placeholder=_plain(words("Not for me, because …")), action_id=NOT_FOR_ME, options=reasons
            ),
            ButtonElement(text=_plain(words("Stop these messages")), action_id=STOP, value=STOP),
        ]
    )


def _plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
