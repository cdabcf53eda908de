"""The catalogue as a page: every number with what it means, how it is computed and what protects people in it."""

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from advocacy.foundation.access import Permission
from advocacy.foundation.web import requires
from advocacy.measurement import reading
from advocacy.measurement.catalogue import ADDITIVITY, BY_KEY, METRICS, PRIVACY, Metric, history
from advocacy.measurement.catalogue.lineage import sources_of
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.pages import page
from advocacy.portal.presenting import day, translated, whole

LONGEST_SEARCH = 100


@blueprint.get("/measures")
@requires(Permission.MEASUREMENT_READ)
def measures() -> Response:
    wanted = " ".join(request.args.get("text", "").split())[:LONGEST_SEARCH]
    domain = request.args.get("domain", "")
    found = [entry for entry in map(_entry, METRICS) if wanted.casefold() in entry["searched"]]
    domain = domain if domain in {entry["domain"] for entry in found} else ""
    shown = [entry for entry in found if domain in ("", entry["domain"])]
    groups = [
        {"key": key, "name": name, "entries": [entry for entry in shown if entry["domain"] == key]}
        for key, name in domains()
    ]
    return page(
        "executive/measures.html",
        domains=[group for group in groups if group["entries"]],
        text=wanted,
        domain=domain,
        filters=[
            {
                "label": _(
                    "%(name)s (%(count)s)", name=name, count=whole(sum(key in ("", one["domain"]) for one in found))
                ),
                "href": url_for("executive.measures", **_asked(wanted, key)),
                "current": key == domain,
            }
            for key, name in [("", _("All")), *domains()]
            if key in {"", *(one["domain"] for one in found)}
        ],
        shown=len(shown),
        total=len(METRICS),
        collected=sum(entry["is_collected"] for entry in map(_entry, METRICS)),
    )


def _asked(text: str, domain: str) -> dict[str, Any]:
    return {name: value for name, value in (("text", text), ("domain", domain)) if value}


def domains() -> list[tuple[str, str]]:
    return [
        ("goal", _("Goals")),
        ("act", _("Participation")),
        ("ret", _("Staying")),
        ("amp", _("Amplification")),
        ("vis", _("Visibility")),
        ("rec", _("Recruiting")),
        ("edu", _("Education")),
        ("lead", _("Recognition")),
        ("dq", _("Data quality")),
    ]


def _entry(metric: Metric) -> dict[str, Any]:
    """Return a metric in the reader's words."""
    name, question, definition = (translated(text) for text in (metric.name, metric.question, metric.definition))
    is_collected = metric.privacy == "self" or reading.is_collected(metric)
    return {
        "key": metric.key,
        "domain": metric.domain,
        "name": name,
        "question": question,
        "definition": definition,
        "evidence": metric.evidence,
        "is_collected": is_collected,
        "missing": translated(metric.missing) if metric.missing else "",
        "searched": f"{metric.key} {name} {question} {definition}".casefold(),
        "can_be_exported": is_collected and metric.privacy != "self",
        "facts": [(label, value) for label, value in _facts(metric) if value],
        "caveats": [translated(caveat) for caveat in metric.caveats],
        "editions": _editions(metric),
    }


def _editions(metric: Metric) -> list[dict[str, Any]]:
    """Return how the definition changed, the newest first; nothing while it never did."""
    known = history.editions().get(metric.key, ())
    return [
        {
            "title": _("Version %(version)s since %(day)s", version=edition.version, day=day(edition.on)),
            "before": [(name.replace("_", " "), _said(value)) for name, value in edition.before.items()],
        }
        for edition in reversed(known[1:])
    ]


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _facts(metric: Metric) -> list[tuple[str, str]]:
    denominator = "" if metric.denominator == "none" else translated(metric.denominator)
    return [
        (_("Formula"), translated(metric.formula)),
        (_("Computed as"), metric.expression),
        (_("Window"), translated(metric.window)),
        (_("Out of"), denominator),
        (_("Stands on"), ", ".join(sorted(sources_of(metric, BY_KEY)))),
        (_("Can be asked by"), ", ".join(metric.by)),
        (_("Interval"), "" if metric.interval == "none" else metric.interval.replace("_", " ")),
        (_("Least observations"), str(metric.min_n) if metric.min_n else ""),
        (_("Adding up"), ADDITIVITY[metric.additivity]),
        (_("Who may see it"), translated(PRIVACY[metric.privacy])),
        (_("Worked examples"), ", ".join(metric.examples)),
        (_("Owner"), metric.owner),
        (
            _("Definition"),
            _("version %(version)s, %(hash)s", version=metric.version, hash=metric.definition_hash),
        ),
        (_("Unchanged since"), "".join(day(edition.on) for edition in history.editions().get(metric.key, ())[-1:])),
    ]
