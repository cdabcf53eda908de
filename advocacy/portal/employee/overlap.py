"""Overlap of networks: the question, giving a list that is read on the person's own device, and taking it back."""

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from marshmallow import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import preferences
from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import AdvocacyError, Conflict
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement.catalogue.reach import UNIQUE_REACH
from advocacy.measurement.overlap import reading, uploads
from advocacy.measurement.overlap.publication import least_contributors
from advocacy.measurement.overlap.schemas import NetworkPartIn, NetworkUploadIn
from advocacy.people import queries, service
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.purposes import in_words
from advocacy.portal.measures import definitions_of
from advocacy.portal.pages import page
from config.networks import find_network
from config.profiles import profile_forms

SOURCE = "network_overlap"


@blueprint.get("/my-data/network-overlap")
@requires(Permission.PROFILE_READ)
def network_overlap() -> Response:
    actor = current_actor()
    key = require_self(actor)
    given = reading.own_networks(session.connection(), visible_to=actor)
    marginal = [metric for metric in UNIQUE_REACH if metric.short == "marginal"]
    return page(
        "employee/network_overlap.html",
        words=in_words(Purpose.NETWORK_OVERLAP),
        takes_part=queries.has_consent(key, Purpose.TAKE_PART),
        agreed=queries.has_consent(key, Purpose.NETWORK_OVERLAP),
        given=[{**one, "name": _name(one["network"])} for one in given],
        networks=[(network, _name(network)) for network in profile_forms()],
        examples=[(_name(form.network), form.example) for form in profile_forms().values()],
        setup=_setup(),
        kept_days=uploads.kept_for().days,
        least=least_contributors(preferences.smallest_group()),
        definitions=definitions_of(marginal, on=queries.today(), as_of=None),
    )


@blueprint.post("/my-data/network-overlap/answer")
@requires(Permission.PROFILE_WRITE)
def answer_network_overlap() -> AnyResponse:
    """Write the yes. To say it one must know the current rules and take part; a no needs no answer."""
    if request.form.get("answer") == "yes":
        try:
            service.grant_consent(current_actor(), Purpose.NETWORK_OVERLAP, source=SOURCE)
        except Conflict:
            return redirect(url_for("employee.welcome"))
        flash(_("Thank you. Nothing is sent before you have seen it."), "success")
        return redirect(url_for("employee.network_overlap"))
    return redirect(url_for("employee.my_data", _anchor="consent"))


@blueprint.post("/my-data/network-overlap/uploads")
@requires(Permission.PROFILE_WRITE)
def start_network_upload() -> AnyResponse:
    """Begin an upload and say where its parts go. Asked by the page's own program."""
    return _told(_start)


@blueprint.post("/my-data/network-overlap/uploads/<uuid:upload_id>/parts/<int:number>")
@requires(Permission.PROFILE_WRITE)
def add_network_part(upload_id: UUID, number: int) -> AnyResponse:
    return _told(lambda: _add(upload_id, number))


@blueprint.post("/my-data/network-overlap/uploads/<uuid:upload_id>/finished")
@requires(Permission.PROFILE_WRITE)
def finish_network_upload(upload_id: UUID) -> AnyResponse:
    return _told(lambda: _finish(upload_id))


@blueprint.post("/my-data/network-overlap/<network>/remove")
@requires(Permission.PROFILE_WRITE)
def remove_network_overlap(network: str) -> AnyResponse:
    uploads.remove_sketch(current_actor(), network)
    flash(_("What you gave of %(network)s is deleted.", network=_name(network)), "success")
    return redirect(url_for("employee.network_overlap"))


def _start() -> dict[str, Any]:
    body = NetworkUploadIn().load(request.get_json())
    upload = uploads.start_upload(current_actor(), body["network"], expected=body["expected"])
    first = url_for("employee.add_network_part", upload_id=upload.id, number=1)
    return {
        "parts_url": first.rsplit("/", 1)[0],
        "finish_url": url_for("employee.finish_network_upload", upload_id=upload.id),
    }


def _add(upload_id: UUID, number: int) -> dict[str, Any]:
    ids = NetworkPartIn().load(request.get_json())["ids"]
    return {"received": uploads.add_part(current_actor(), upload_id, number, ids).received}


def _finish(upload_id: UUID) -> dict[str, Any]:
    kept = uploads.finish_upload(current_actor(), upload_id)
    flash(_("%(count)s ids were counted and forgotten. Nothing else was sent.", count=kept.profiles), "success")
    return {"location": url_for("employee.network_overlap")}


def _told(act: Callable[[], dict[str, Any]]) -> AnyResponse:
    """Answer in JSON, with what went wrong in words: the page's program shows them."""
    try:
        return jsonify(act())
    except ValidationError:
        detail, status = _("This is not what the page sends. Load it again."), HTTPStatus.UNPROCESSABLE_ENTITY.value
    except AdvocacyError as error:
        detail, status = error.detail, error.status
    answer = jsonify({"detail": detail})
    answer.status_code = status
    return answer


def _name(network: str) -> str:
    found = find_network(network)
    return found.name if found is not None else network


def _setup() -> dict[str, Any]:
    """Return what the program in the page works with; the words are translated here."""
    return {
        "forms": {key: asdict(form) for key, form in profile_forms().items()},
        "mostIds": uploads.MOST_IDS,
        "idsAPart": uploads.IDS_A_PART,
        "start": url_for("employee.start_network_upload"),
        "words": {
            "choose": _("Choose a file, or paste a list."),
            "summary": _("{ids} different ids were found in {rows} rows; {repeated} were there more than once."),
            "sample": _("These {shown} of {ids} ids look like this. Nothing but such ids is sent:"),
            "years": _("Your connections are from {first} to {last}; dates are not sent."),
            "problems": _("{count} rows have no id and are left out:"),
            "no_id": _("Row {row}: no profile address"),
            "other_network": _("Row {row}: an address of something else"),
            "more": _("and {count} more"),
            "send": _("Send these {ids} ids"),
            "ready": _("Read on this device. Nothing was sent yet."),
            "sent": _("{sent} of {ids} ids sent"),
            "failed": _("That did not work, and nothing was changed. Load the page again and try once more."),
            "offline": _("The connection broke. Nothing was changed; try again."),
            "not_text": _("This is no text file. Choose Connections.csv itself."),
            "archive": _("This is an archive. Unpack it and choose Connections.csv in it."),
            "empty": _("This file is empty."),
            "no_addresses": _("This table has no column URL. Older exports lack it: ask the network for a new one."),
            "too_large": _("This file is larger than 25 MB."),
            "too_many": _("These are more than {most} ids."),
            "nothing_found": _("No profile of this network was found. Is it the right network?"),
        },
    }
