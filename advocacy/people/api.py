"""/api/v1: oneself, one's consents and networks, and the tree of units."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from advocacy.foundation.access import Permission
from advocacy.foundation.errors import NotFound
from advocacy.foundation.rest import ApiBlueprint
from advocacy.foundation.web import current_actor, requires
from advocacy.people import queries, service
from advocacy.people.models import Purpose
from advocacy.people.schemas import (
    ConsentsOut,
    MeOut,
    NetworksIn,
    NetworksOut,
    PolicyOut,
    UnitTreeFilter,
    UnitTreeOut,
)
from config.networks import find_network

blueprint = ApiBlueprint("people", description="Oneself, one's consents and networks, and the organisation's units.")

SOURCE = "api"


@blueprint.get("/me")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, MeOut)
def me() -> dict[str, Any]:
    """Return who one is on the organisation's roster."""
    return queries.profile_of(current_actor())


@blueprint.get("/me/consents")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, ConsentsOut)
def consents() -> dict[str, Any]:
    """Return one's consents in force."""
    return _in_force()


@blueprint.put("/me/consents/<string:purpose>")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(200, ConsentsOut)
def grant(purpose: str) -> dict[str, Any]:
    """Say yes to one purpose. The policy in force must be acknowledged before."""
    service.grant_consent(current_actor(), _purpose(purpose), source=SOURCE)
    return _in_force()


@blueprint.delete("/me/consents/<string:purpose>")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(200, ConsentsOut)
def withdraw(purpose: str) -> dict[str, Any]:
    """Take back a yes. "take_part" takes every other one with it. It is committed before this answers."""
    service.withdraw_consent(current_actor(), _purpose(purpose), source=SOURCE)
    return _in_force()


def _in_force() -> dict[str, Any]:
    return {"data": queries.consents_of(current_actor())}


def _purpose(name: str) -> Purpose:
    try:
        return Purpose(name)
    except ValueError as error:
        raise NotFound(_("There is no such purpose.")) from error


@blueprint.get("/me/policy")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, PolicyOut)
def policy() -> dict[str, Any]:
    """Return the policy in force and whether one acknowledged it."""
    return queries.policy_for(current_actor())


@blueprint.put("/me/policy/<uuid:version_id>")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(200, PolicyOut)
def acknowledge(version_id: UUID) -> dict[str, Any]:
    """Acknowledge the policy in force."""
    service.acknowledge_policy(current_actor(), version_id)
    return queries.policy_for(current_actor())


@blueprint.get("/me/networks")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, NetworksOut)
def networks() -> dict[str, Any]:
    """Return one's networks with their latest sizes."""
    return {"data": queries.profiles_of(current_actor())}


@blueprint.put("/me/networks")
@requires(Permission.PROFILE_WRITE)
@blueprint.arguments(NetworksIn)
@blueprint.response(200, NetworksOut)
def replace_networks(body: dict[str, Any]) -> dict[str, Any]:
    """Say which networks one has and how large they are. Needs the consent "network_size"."""
    sizes = {_number(entry.pop("network")): entry for entry in body["data"]}
    service.replace_network_profiles(current_actor(), sizes)
    return {"data": queries.profiles_of(current_actor())}


def _number(key: str) -> int:
    network = find_network(key)
    if network is None:
        raise NotFound(_("There is no such network."))
    return network.number


@blueprint.get("/units")
@requires(Permission.PEOPLE_READ)
@blueprint.arguments(UnitTreeFilter, location="query")
@blueprint.response(200, UnitTreeOut)
def units(filters: dict[str, Any]) -> dict[str, Any]:
    """Return the tree of units on a day."""
    day = filters["on"] or queries.today()
    return {"on": day, "data": queries.unit_tree(day)}
