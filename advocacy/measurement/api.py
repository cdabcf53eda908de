"""The JSON API of measurement: amplification, recruiting reach, one's own impact."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response

from advocacy.foundation import db
from advocacy.foundation.access import Permission
from advocacy.foundation.db import session
from advocacy.foundation.rest import ApiBlueprint
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import own, queries, readings
from advocacy.measurement.exports import MEDIA, as_file, named
from advocacy.measurement.overlap import reading, uploads
from advocacy.measurement.overlap.schemas import (
    NetworkPartIn,
    NetworkUploadIn,
    NetworkUploadOut,
    OwnOverlapsOut,
    UniqueReachFilter,
    UniqueReachOut,
)
from advocacy.measurement.schemas import (
    AmplificationOut,
    MetricExportFilter,
    MetricListOut,
    MetricReadingFilter,
    MetricReadingOut,
    MetricsFilter,
    OwnImpactOut,
    ReachFilter,
    RecruitingReachOut,
)

blueprint = ApiBlueprint("measurement", description="What it was worth, for groups of people only.")


@blueprint.get("/amplification")
@requires(Permission.MEASUREMENT_READ)
@blueprint.arguments(ReachFilter, location="query")
@blueprint.response(200, AmplificationOut)
@blueprint.refusal(404)
def amplification(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the three tiers of amplification of a unit the caller may see."""
    return queries.amplification(db.reporting(), **_scope(asked, Permission.MEASUREMENT_READ))


@blueprint.get("/recruiting/reach")
@requires(Permission.RECRUITING_READ)
@blueprint.arguments(ReachFilter, location="query")
@blueprint.response(200, RecruitingReachOut)
@blueprint.refusal(404)
def recruiting_reach(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the reach of job content of a unit in the caller's reach, and what came of it."""
    return queries.recruiting_reach(db.reporting(), **_scope(asked, Permission.RECRUITING_READ))


@blueprint.get("/metrics")
@requires(Permission.MEASUREMENT_READ)
@blueprint.arguments(MetricsFilter, location="query")
@blueprint.response(200, MetricListOut)
def metrics(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the metric catalogue: what each number means, how it is computed, and what protects the people in it."""
    return {"data": readings.catalogue(asked["domain"])}


@blueprint.get("/metrics/<string:key>")
@requires(Permission.MEASUREMENT_READ)
@blueprint.arguments(MetricReadingFilter, location="query")
@blueprint.response(200, MetricReadingOut)
@blueprint.refusal(404)
def metric(asked: dict[str, Any], key: str) -> dict[str, Any]:
    """Return one metric of a unit the caller may see: a number, a series over time, or one number a piece."""
    # What was known earlier is counted anew in temporary tables, which a replica cannot make.
    connection = db.reporting() if asked["as_known_at"] is None else session.connection()
    return readings.metric_reading(connection, key, visible_to=current_actor(), **asked)


@blueprint.get("/metrics/<string:key>/export")
@requires(Permission.MEASUREMENT_READ)
@blueprint.arguments(MetricExportFilter, location="query")
@blueprint.files_of(*MEDIA.values())
@blueprint.refusal(404)
@blueprint.refusal(501)
def metric_export(asked: dict[str, Any], key: str) -> Response:
    """Return one metric as a file, CSV or Parquet, written while it is read."""
    kind = asked.pop("format")
    rows = readings.metric_rows(db.reporting(), key, visible_to=current_actor(), **asked)
    return Response(as_file(kind, rows), mimetype=MEDIA[kind], headers=named(key, kind))


@blueprint.get("/me/impact")
@requires(Permission.SHARES_READ)
@blueprint.response(200, OwnImpactOut)
def own_impact() -> dict[str, Any]:
    """Return the caller's own shares, clicks and networks. Nobody else can ask for them."""
    return own.own_impact(session.connection(), visible_to=current_actor())


@blueprint.get("/unique-reach")
@requires(Permission.MEASUREMENT_READ)
@blueprint.arguments(UniqueReachFilter, location="query")
@blueprint.response(200, UniqueReachOut)
@blueprint.refusal(404)
def unique_reach(asked: dict[str, Any]) -> dict[str, Any]:
    """Return gross, unique and net reach of a unit the caller may see, as published: rounded, at most daily."""
    connection = db.reporting()
    unit_key = queries.visible_unit(connection, asked["unit"], visible_to=current_actor(), on=asked["on"])
    return reading.unique_reach(connection, unit_key=unit_key, on=asked["on"], network=asked["network"])


@blueprint.get("/me/network-overlap")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, OwnOverlapsOut)
def own_overlap() -> dict[str, Any]:
    """Return what the caller gave for counting overlaps, and the people only they reach. Nobody else can ask for it."""
    return {"data": reading.own_networks(session.connection(), visible_to=current_actor())}


@blueprint.post("/me/network-overlap/uploads")
@requires(Permission.PROFILE_WRITE)
@blueprint.arguments(NetworkUploadIn)
@blueprint.response(201, NetworkUploadOut)
def start_upload(body: dict[str, Any]) -> Any:
    """Begin to give one's network anew. Needs the consent "network_overlap"; a few a day."""
    return uploads.start_upload(current_actor(), body["network"], expected=body["expected"])


@blueprint.put("/me/network-overlap/uploads/<uuid:upload_id>/parts/<int:number>")
@requires(Permission.PROFILE_WRITE)
@blueprint.arguments(NetworkPartIn)
@blueprint.response(200, NetworkUploadOut)
def add_part(body: dict[str, Any], upload_id: UUID, number: int) -> Any:
    """Add the next part, from 1 on. Sending a part again changes nothing. Ids are counted and forgotten."""
    return uploads.add_part(current_actor(), upload_id, number, body["ids"])


@blueprint.put("/me/network-overlap/uploads/<uuid:upload_id>/finished")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(200, OwnOverlapsOut)
def finish_upload(upload_id: UUID) -> dict[str, Any]:
    """Let a complete upload take the place of what was given before."""
    uploads.finish_upload(current_actor(), upload_id)
    return {"data": reading.own_networks(session.connection(), visible_to=current_actor())}


@blueprint.delete("/me/network-overlap/<string:network>")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(204)
def remove_overlap(network: str) -> None:
    """Forget what one gave of a network, at once."""
    uploads.remove_sketch(current_actor(), network)


def _scope(asked: dict[str, Any], permission: Permission) -> dict[str, Any]:
    unit: UUID | None = asked["unit"]
    on: date | None = asked["on"]
    unit_key = queries.visible_unit(db.reporting(), unit, visible_to=current_actor(), on=on, permission=permission)
    return {"unit_key": unit_key, "on": on, "series_days": asked["series_days"]}
