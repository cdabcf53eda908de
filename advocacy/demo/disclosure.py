"""What the demo's company decided about saying where one works: an agreement in Germany, and a rule yet to come."""

from datetime import date, timedelta

from advocacy.foundation.db import session
from advocacy.sharing.rule_models import DisclosureRule, Relationship, Requirement


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
