"""Reach of job content and what came of it."""

from typing import Any

from advocacy.foundation.texts import marked
from advocacy.measurement.catalogue.metric import GROSS, MONTH, QUARTER, Metric


def _recruiting(
    key: str, short: str, name: str, question: str, definition: str, *, value: str, behind: str, **fields: Any
) -> Metric:
    base: dict[str, Any] = {
        "version": 1,
        "formula": marked("count distinct, first entry into the stage"),
        "kind": "simple",
        "unit": "applications",
        "window": QUARTER,
        "denominator": marked("none"),
        "inputs": ("activity_event.application", "link.employee_key"),
        "expression": "distinct(application_event.application_token)",
        "stage": "outcomes",
        "goals": ("hiring",),
        "audiences": ("executive", "recruiter"),
        "additivity": "sum",
        "evidence": "O",
        "page": "page_recruiting",
        "owner": "Talent acquisition",
        "caveats": (marked("Credits the person whose link the candidate came by; credit is not proof of effect."),),
    }
    return Metric(
        key=key,
        short=short,
        name=name,
        question=question,
        definition=definition,
        value=value,
        behind=behind,
        **{**base, **fields},
    )


_JOB_REACH = {"kind": "simple", "unit": "connections", "additivity": "sum_org", "evidence": "M", "caveats": (GROSS,)}

RECRUITING: tuple[Metric, ...] = (
    _recruiting(
        "rec.job_reach_potential",
        "potential",
        marked("Potential audience of job content (gross)"),
        marked("How many connections could hear of our jobs?"),
        marked("The networks of consenting people for whom at least one job item of the window was meant."),
        value="audience",
        behind="people",
        formula=marked("sum(size) over people in the audience of a job item"),
        window=MONTH,
        inputs=("content_item.kind", "audience", "network_profile.audience_size"),
        expression="sum(network_profile.audience_size)",
        **_JOB_REACH,
    ),
    _recruiting(
        "rec.job_reach_activated",
        "activated",
        marked("Activated audience of job content (gross)"),
        marked("How much of it did people who shared a job bring in?"),
        marked("The networks on which a consenting person published at least one job item in the window, each once."),
        value="activated_audience",
        behind="activated_people",
        formula=marked("sum(size) over people and networks with a published job share"),
        window=MONTH,
        inputs=("activity_event.share_published", "network_profile.audience_size"),
        expression="sum(network_profile.audience_size)",
        **_JOB_REACH,
    ),
    _recruiting(
        "rec.job_shares",
        "shares",
        marked("Shares of jobs"),
        marked("How often were jobs shared?"),
        marked("Confirmed or evidenced shares of job items."),
        value="shares",
        behind="share_people",
        formula=marked("count(distinct share) of job items"),
        unit="shares",
        window=MONTH,
        inputs=("activity_event.share_published", "content_item.kind"),
        expression="distinct(activity_event.share_key)",
        caveats=(),
    ),
    _recruiting(
        "rec.job_clicks",
        "clicks",
        marked("Human clicks on jobs"),
        marked("How often did somebody follow a link to a job?"),
        marked("Human clicks on links of job items."),
        value="clicks",
        behind="click_people",
        formula=marked("count(click) of class human on job items"),
        unit="clicks",
        window=MONTH,
        inputs=("activity_event.link_clicked", "content_item.kind"),
        expression="count(activity_event.event_id)",
        caveats=(marked("An upper bound: a scanner that behaves like a browser looks human."),),
    ),
    _recruiting(
        "rec.applications",
        "applications",
        marked("Applications"),
        marked("How many people applied by a colleague's link?"),
        marked("Applications that carried the code of a person's link."),
        value="applications",
        behind="application_people",
        examples=("E3_funnel",),
    ),
    _recruiting(
        "rec.interviews",
        "interviews",
        marked("Interviews"),
        marked("How many of them were interviewed?"),
        marked("Applications by a person's link that reached an interview in the window."),
        value="interviews",
        behind="interview_people",
    ),
    _recruiting(
        "rec.offers",
        "offers",
        marked("Offers"),
        marked("How many were made an offer?"),
        marked("Applications by a person's link that reached an offer in the window."),
        value="offers",
        behind="offer_people",
    ),
    _recruiting(
        "rec.hires",
        "hires",
        marked("Hires"),
        marked("How many were hired?"),
        marked("Accepted offers of applications by a person's link in the window, less those undone."),
        value="hires",
        behind="hire_people",
    ),
)
