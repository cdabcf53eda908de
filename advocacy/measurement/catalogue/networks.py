"""Sizes of networks: how large, how uneven, and how many people it would take to equal the brand."""

from typing import Any

from advocacy.foundation.texts import marked
from advocacy.measurement.catalogue.metric import AS_OF_DAY, GROSS, Metric


def _metric(key: str, short: str, **said: Any) -> Metric:
    base: dict[str, Any] = {
        "version": 1,
        "window": AS_OF_DAY,
        "evidence": "M",
        "additivity": "none",
        "by": ("unit",),
        "null_reasons": ("suppressed", "not_collected"),
    }
    return Metric(key=key, short=short, **{**base, **said})


NETWORKS: tuple[Metric, ...] = (
    _metric(
        "amp.network_size",
        "network_size",
        name=marked("Network size"),
        question=marked("How many people follow me?"),
        definition=marked("Followers of one person on one network, else connections, as told or exported."),
        formula=marked("latest size of the network"),
        kind="simple",
        unit="people",
        denominator=marked("none"),
        inputs=("network_profile.audience_size",),
        expression="latest(network_profile.audience_size)",
        evidence="S",
        privacy="self",
        by=("network",),
        null_reasons=("not_collected",),
        audiences=("employee",),
        caveats=(marked("Followers include connections: they are never added up. “500+” is a floor, not a size."),),
    ),
    _metric(
        "amp.concentration",
        "concentration",
        name=marked("Concentration"),
        question=marked("Does it all hang on a few large networks?"),
        definition=marked("Gini index of network sizes: 0 when all are equal, near 1 when one has everything."),
        formula=marked("2 × sum(rank × size) / (networks × sum(size)) - (networks + 1) / networks"),
        kind="estimate",
        unit="index",
        window=marked("on the last day of a month"),
        denominator=marked("people with a known network size"),
        inputs=("network_profile.audience_size", "consent.granted_at"),
        expression="gini(network_profile.audience_size)",
        min_n=30,
        by=("unit", "month"),
        null_reasons=("suppressed", "not_collected", "below_min_n", "no_denominator"),
        examples=("A3_heavy_tail",),
        caveats=(
            GROSS,
            marked("Rounded to hundredths, and counted for whole months only: one newcomer is not to be seen in it."),
            marked("Networks told as “500 or more” are left out, so the real spread is wider."),
        ),
    ),
    _metric(
        "amp.break_even_participation",
        "break_even_participation",
        version=2,
        name=marked("Break-even participation"),
        question=marked("How many would have to share to equal the brand?"),
        definition=marked("The share of people at which activated audience equals brand followers, joining at random."),
        formula=marked("brand followers / (people × mean size)"),
        kind="ratio",
        unit="share",
        denominator=marked("potential audience"),
        inputs=("amp.brand_followers", "amp.potential_reach"),
        expression="ratio(amp.brand_followers, amp.potential_reach)",
        additivity="ratio",
        null_reasons=("suppressed", "not_collected", "no_denominator", "not_reachable"),
        examples=("A2_participation",),
        caveats=(marked("Above 1 it cannot be reached."),),
    ),
)
