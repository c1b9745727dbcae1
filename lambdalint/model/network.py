"""Subnets and availability zones of a function's VPC configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import permissions
from lambdalint.load.intrinsics import Reference
from lambdalint.load.stack import Resource
from lambdalint.model.model import Model
from lambdalint.source.node import Scalar
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function


def zones_of(function: Function) -> Value[int]:
    """How many availability zones the subnets of a function span, as far as the template tells.

    One subnet is one zone, whatever it is. Several subnets of this template are compared by their zone; subnets
    declared elsewhere may lie anywhere.
    """
    items = function.listed("VpcConfig", "SubnetIds")
    if isinstance(items, Unknown):
        return items
    place = function.place("VpcConfig", "SubnetIds")
    if not items or place is None:
        return Default(0, function.origin)
    if len(items) == 1 and isinstance(items[0], (Scalar, Reference, Unknown)):
        only = items[0]
        if isinstance(only, Unknown) and "has no value" not in only.why:
            return only
        return Given(1, place)
    zones: set[str] = set()
    for item in items:
        resource = function.model.stack.resources.get(item.logical_id) if isinstance(item, Reference) else None
        zone = _zone(function.model, resource) if resource is not None else None
        if zone is None:
            return Unknown("the zones of its subnets are not known", place)
        zones.add(zone)
    return Given(len(zones), place)


def network_permitted(function: Function) -> Value[bool]:
    """Whether the execution role surely has, or surely lacks, what a VPC function needs for its network interfaces.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    """
    from lambdalint.model.role import Role

    role = function.role
    if not isinstance(role, Role):
        return role or Unknown("the function has no role", function.origin)
    unknown: Unknown | None = None
    for action in permissions.NETWORK_ACTIONS:
        answer = role.allowed(action, None)
        if answer is False:
            return Default(False, function.origin)
        if isinstance(answer, Unknown):
            unknown = unknown or answer
    return unknown or Default(True, function.origin)


def missing_network_actions(function: Function) -> Value[str]:
    """The actions of ``network_permitted`` that the role surely lacks, with commas between them."""
    from lambdalint.model.role import Role

    role = function.role
    if not isinstance(role, Role):
        return role or Unknown("the function has no role", function.origin)
    missing = [action for action in permissions.NETWORK_ACTIONS if role.allowed(action, None) is False]
    return Default(", ".join(missing), function.origin)


def _zone(model: Model, resource: Resource) -> str | None:
    written = resource.properties.get("AvailabilityZone") or resource.properties.get("AvailabilityZoneId")
    if written is None:
        return None
    if isinstance(written, Scalar):
        return written.text
    # `!Select [0, !GetAZs ""]` cannot be evaluated, but equal expressions give equal zones.
    return _shape(written)


def _shape(node: object) -> str:
    if isinstance(node, Scalar):
        return node.text
    items = getattr(node, "items", ())
    if isinstance(items, dict):
        return "{" + ",".join(f"{key}:{_shape(value)}" for key, value in items.items()) + "}"
    return "[" + ",".join(_shape(item) for item in items) + "]"
