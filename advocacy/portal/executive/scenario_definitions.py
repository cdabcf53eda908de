"""What each number of a scenario means: it is worked out from assumptions, never measured."""

from typing import Any

from flask_babel import gettext as _

from advocacy.measurement.scenario import MODEL_VERSION, definition_hash

MODELLED = "M"


def definitions() -> list[dict[str, Any]]:
    """Return the definition behind every number of a scenario's pages."""
    return [
        {
            "id": f"scenario-{name}",
            "name": title,
            "summary": summary,
            "formula": formula,
            "excluded": excluded,
            "evidence": MODELLED,
            "version": MODEL_VERSION,
            "hash": definition_hash(),
        }
        for name, title, summary, formula, excluded in _texts()
    ]


def _texts() -> list[tuple[str, str, str, str, str]]:
    gross = _("Overlap: a connection of two colleagues counts twice, and brand followers may be among them.")
    return [
        (
            "ratio",
            _("Times the brand"),
            _("What amplification would be, worked out from the numbers entered. It is not a measurement."),
            _("connections of those who join / brand followers"),
            gross,
        ),
        (
            "range",
            _("From five to ninety-five of a hundred"),
            _(
                "Where it matters who joins and chance decides it, people are drawn again and again. Five of a hundred "
                "draws end below the lower number, five above the upper one, and half below the middle."
            ),
            _("5, 50 and 95 of 100 draws of connections of those who join / brand followers"),
            _("Whether the numbers entered are right. The draws know chance only."),
        ),
        (
            "participation",
            _("Participation"),
            _("The share of everybody employed who shares. In our own numbers it is what people really did."),
            _("people who join / people employed"),
            _("How often each of them shares: once is enough to be counted."),
        ),
        (
            "joiners",
            _("People who join"),
            _("How many people the chosen participation is, rounded to whole people."),
            _("people employed × participation"),
            "",
        ),
        (
            "potential",
            _("Potential"),
            _("The connections of everybody employed, added up, as if all of them shared."),
            _("people employed × connections each"),
            gross,
        ),
        (
            "activated",
            _("Activated"),
            _("The connections of those who join, added up. Where chance decides who joins, between two ends."),
            _("sum of the networks of those who join"),
            gross,
        ),
        (
            "break-even",
            _("Equal to the brand"),
            _("The participation at which the networks of those who join add up to the brand’s own followers."),
            _("the participation at which times the brand = 1"),
            gross,
        ),
        (
            "multiplier",
            _("Brand and everybody together"),
            _("The brand’s followers and everybody’s connections, beside the brand’s followers alone: another number."),
            _("(brand followers + potential) / brand followers"),
            gross,
        ),
        (
            "unique",
            _("Different people"),
            _("How many different people are reached, if networks overlap as chance would have it or as was measured."),
            _("people there are to know × (1 - the chance that nobody who joins knows one), or gross × measured share"),
            _("That friends of colleagues know each other more often than chance says: the true number is lower."),
        ),
        (
            "net",
            _("Who do not follow the brand"),
            _("How many of these different people the brand does not reach itself, between the two ends it can be."),
            _("different people without the brand’s followers"),
            "",
        ),
        (
            "seen",
            _("Who see at least one post"),
            _("How many of them see a post, by the view-through rate that was entered. No such rate is shipped."),
            _("people × (1 - (1 - rate) to the power of posts)"),
            _("That some networks show posts to the same people again and again."),
        ),
        (
            "views",
            _("Views"),
            _("How often posts would be seen by the view-through rate entered, the same person more than once."),
            _("connections of those who join × rate × posts"),
            "",
        ),
        (
            "networks",
            _("How networks differ"),
            _("A mean hides that a few people hold most connections: half of all people have far fewer than it says."),
            _("from the distribution that was chosen: quantiles, Lorenz curve, Gini index"),
            _("Nothing here is about a person; the distribution is an assumption."),
        ),
    ]
