"""What the demo's company decided about words: an agreement in Germany, a rule yet to come, phrases to avoid."""

from datetime import date, timedelta

from advocacy.content.phrase_matching import canonical
from advocacy.content.phrase_models import AvoidedPhrase
from advocacy.foundation.db import session
from advocacy.sharing.rule_models import DisclosureRule, Relationship, Requirement

PHRASES = (
    (
        "guaranteed savings",
        "Nobody can promise that, and the law forbids it.",
        "what we saw there",
        True,
    ),
    ("best in class", "Everybody says it and nobody can check it.", "what exactly is better", False),
    ("leading provider", "It sounds like a press release, not like you.", None, False),
)


def decide_rules(today: date, since: date) -> None:
    """Write the rules as an administrator would have set them when the programme began."""
    session.add_all(
        (
            DisclosureRule(
                number=1,
                country="DE",
                requirement=Requirement.REQUIRED,
                why="Agreed with the works council: who takes part says where they work.",
                source="Works agreement on employee advocacy",
                agreement="Works agreement no. 14, section 6",
                valid_from=since,
            ),
            DisclosureRule(
                number=2,
                country="GB",
                relationship=Relationship.PRODUCT,
                requirement=Requirement.REQUIRED,
                why="Posts about what we sell are advertising in British eyes, and have to look like it.",
                source="Advice of our counsel",
                valid_from=today + timedelta(days=21),
            ),
        )
    )
    session.add_all(
        AvoidedPhrase(phrase=phrase, canonical=canonical(phrase), why=why, instead=instead, is_blocking=is_blocking)
        for phrase, why, instead, is_blocking in PHRASES
    )
