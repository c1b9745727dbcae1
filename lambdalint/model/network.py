"""Subnets and availability zones of a function's VPC configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import permissions
from lambdalint.load.intrinsics import Reference
from lambdalint.load.stack import Resource
from lambdalint.source.node import Mapping, Scalar, Sequence
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
        if isinstance(only, Unknown) and not _is_one(function, only):
            return only
        if isinstance(only, Scalar) and not only.text:
            return Unknown("its subnet is named by an empty text", place)
        # A default stands in for what the deployment will name, so it may well be several subnets then.
        return Given(1, place, sure=getattr(only, "literal", None) is None)
    zones: dict[str, set[str]] = {}
    for item in items:
        resource = function.model.stack.resources.get(item.logical_id) if isinstance(item, Reference) else None
        zone = _zone(resource) if resource is not None else None
        if zone is None:
            return Unknown("the zones of its subnets are not known", place)
        zones.setdefault(zone[0], set()).add(zone[1])
    most = max(len(different) for different in zones.values())
    if most == 1 and len(zones) > 1:
        return Unknown("the zones of its subnets are written in ways that cannot be compared", place)
    return Given(most, place)


def _is_one(function: Function, item: Unknown) -> bool:
    """Whether an item of a list is one text, though not which: what a parameter that is no list brings."""
    outside = item.outside
    return outside is not None and outside.kind == "parameter" and not function.model.resolver.is_list(outside.name)


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


def _zone(subnet: Resource) -> tuple[str, str] | None:
    """The zone of a subnet as (way of writing it, zone): zones that are written in the same way can be compared."""
    written = subnet.properties.get("AvailabilityZone") or subnet.properties.get("AvailabilityZoneId")
    if written is None:
        return None
    if isinstance(written, Scalar):
        return "literal", written.text
    # `!Select [0, !GetAZs ""]` cannot be evaluated, but different places of one list are different zones.
    choice = written.get("Fn::Select") if isinstance(written, Mapping) else None
    if isinstance(choice, Sequence) and len(choice.items) == 2 and isinstance(choice.items[0], Scalar):
        return _shape(choice.items[1]), choice.items[0].text
    return _shape(written), ""


def _shape(node: object) -> str:
    if isinstance(node, Scalar):
        return node.text
    items = getattr(node, "items", ())
    if isinstance(items, dict):
        return "{" + ",".join(f"{key}:{_shape(value)}" for key, value in items.items()) + "}"
    return "[" + ",".join(_shape(item) for item in items) + "]"
