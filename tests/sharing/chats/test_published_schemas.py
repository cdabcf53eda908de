"""What we send holds to what Slack and Microsoft publish about it: their types, their schema, their limits."""

import json
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft6Validator
from slack_sdk.models.blocks import Block

from advocacy.content.models import ContentText
from advocacy.content.queries import get_live_item
from advocacy.notifications.senders.teams import LARGEST_CARD_BYTES, envelope
from advocacy.notifications.service.chats.checking import test_card as card_of_a_test
from advocacy.sharing.chats.slack_words import write_answer, write_message
from advocacy.sharing.chats.teams_card import write_card
from advocacy.sharing.digests import links
from tests.factories.content import make_live_item
from tests.factories.people import make_advocate

FRONT_END = Path(__file__).parents[3] / "frontend"
LONG = "Ümläut & <b>bold</b> *stars* [link](https://evil.example) 🎉 " * 40
MOST_BLOCKS = 50


def message(person, **fields):
    item = make_live_item(**fields)
    return write_message(person, get_live_item(item.id, visible_to=links.reader(person)), LONG[:280])


@pytest.fixture
def messages(session):
    """Return messages at their shortest and at their longest, in a language with longer words too."""
    short = {"texts": {"en": {"title": "A", "summary": ""}}, "captions": []}
    long = {
        "texts": {"en": {"title": LONG[:200], "summary": LONG[:2_000]}},
        "captions": [{"network": None, "language": "en", "text": LONG}],
    }
    person = make_advocate(language="de", country="DE")
    return [
        message(make_advocate(), **short),
        message(person, **long),
        write_answer("de", LONG),
    ]


def test_messages_are_what_slacks_published_types_allow(messages, tmp_path):
    """`@slack/types` is Slack's own description of its blocks; the compiler refuses what is not in it."""
    stated = [json.dumps(told.blocks, ensure_ascii=False) for told in messages]
    source = tmp_path / "blocks.ts"
    lines = ['import type { KnownBlock } from "@slack/types";']
    lines += [f"export const told{number}: KnownBlock[] = {blocks};" for number, blocks in enumerate(stated)]
    source.write_text("\n".join(lines))
    modules = FRONT_END / "node_modules"
    settings = {
        "compilerOptions": {
            "strict": True, "noEmit": True, "module": "nodenext", "types": [], "skipLibCheck": True,
            "paths": {"@slack/types": [str(modules / "@slack/types/dist/index.d.ts")]},
        },
        "files": [str(source)],
    }  # fmt: skip
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings))
    done = subprocess.run([modules / ".bin" / "tsc", "-p", tmp_path], capture_output=True, text=True)
    assert done.stdout == ""
    assert done.returncode == 0


def test_messages_keep_within_slacks_limits(messages):
    for told in messages:
        assert len(told.blocks) <= MOST_BLOCKS
        parsed = Block.parse_all(told.blocks)
        # Slack's library checks lengths and what must be there when it writes a block out.
        assert [block.to_dict() for block in parsed] == told.blocks
        assert 0 < len(told.text) <= 3_000


@pytest.mark.parametrize("version", ["1.4", "1.5"])
def test_cards_hold_to_the_published_schema(settings, session, version):
    """The schema that Microsoft publishes for Adaptive Cards, as a package brings it along."""
    from uuid import uuid4

    schema = json.loads((files("adaptive_cards") / "schemas" / f"schema-{version}.json").read_text())
    text = ContentText(language="en", title=LONG[:200], summary=LONG[:2_000])
    cards = [
        write_card(uuid4(), text, LONG[:280]),
        write_card(uuid4(), ContentText(language="de", title="A", summary=""), None),
        card_of_a_test("Hello"),
    ]
    validator = Draft6Validator(schema)
    for card in cards:
        assert [error.message for error in validator.iter_errors(card)] == []
        assert len(json.dumps(envelope(card), ensure_ascii=False).encode()) < LARGEST_CARD_BYTES
    broken = cards[0] | {"actions": [{"type": "Action.OpenUrl", "title": "No address"}]}
    assert list(validator.iter_errors(broken))
