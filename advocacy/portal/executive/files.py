"""The numbers of a page as a file: what the API writes, for somebody who is signed in."""

from flask import Response, request
from flask_babel import gettext as _
from marshmallow import ValidationError

from advocacy.foundation import db
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import exports, readings
from advocacy.measurement.schemas import MetricExportFilter
from advocacy.portal.executive.blueprint import blueprint


@blueprint.get("/measures/<string:key>/file")
@requires(Permission.MEASUREMENT_READ)
def measure_file(key: str) -> Response:
    try:
        asked = dict(MetricExportFilter().load(request.args))
    except ValidationError as error:
        raise NotFound(_("There is no such file. Choose it on the page of the numbers.")) from error
    kind = asked.pop("format")
    rows = readings.metric_rows(db.reporting(), key, visible_to=current_actor(), **asked)
    return Response(exports.as_file(kind, rows), mimetype=exports.MEDIA[kind], headers=exports.named(key, kind))
