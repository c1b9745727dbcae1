"""``AWS::Serverless::Connector`` and ``Connectors`` on a resource: the grants between two resources.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from lambdalint.load.nodes import (
    Part,
    build,
    child,
    each,
    get_att,
    given,
    intrinsic,
    plain_map,
    pointed,
    ref,
    text_of,
)
from lambdalint.load.sam.lowering import Cause, Lowering, Unit
from lambdalint.load.sam.tables import connector
from lambdalint.load.stack import Resource
from lambdalint.record import replace
from lambdalint.source.node import Mapping, Node, Sequence

_PLACEHOLDER = re.compile(r"%\{(Source|Destination)\.(\w+)\}")
#: SAM's types and what they are lowered to, for ends that are written by their type.
_LOWERED = {
    "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::GraphQLApi": "AWS::AppSync::GraphQLApi",
    "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
}
#: Types whose ``Ref`` is their ARN; of the others it is ``GetAtt Arn``.
_ARN_BY_REF = frozenset(
    {
        "AWS::AppSync::DataSource",
        "AWS::AppSync::GraphQLApi",
        "AWS::SNS::Topic",
        "AWS::StepFunctions::StateMachine",
    }
)
_ROLE_PROPERTY = {
    "AWS::AppSync::DataSource": "ServiceRoleArn",
    "AWS::Lambda::Function": "Role",
    "AWS::StepFunctions::StateMachine": "RoleArn",
}


class _End(NamedTuple):
    """One end of a connector: its CloudFormation type and what profiles may ask of it."""

    type: str
    values: dict[str, Part]
    role: Part
    resource: Resource | None


def lower_connectors(lowering: Lowering) -> None:
    """Add the grants of every connector; the ends are resources of the stack by now."""
    for unit in lowering.connectors:
        cause = Cause(unit.origin, f"connector {unit.logical_id}")
        written = unit.get("Destination")
        ends: list[Node | None] = [*each(written)] or [None]
        source = unit.get("Source")
        for index, destination in enumerate(ends):
            suffix = f"Destination{index}" if isinstance(written, Sequence) else ""
            _connect(lowering, unit, source, destination, suffix, cause)
    _replace_waits(lowering)


def embedded(resource: Resource, attributes: dict[str, Node]) -> list[Unit]:
    """The connectors written under ``Connectors`` of a resource, taken out of its attributes."""
    written = plain_map(attributes.pop("Connectors", None))
    found = []
    for name, entry in written.items.items() if written is not None else ():
        properties = plain_map(child(entry, "Properties"))
        if written is None or properties is None or not isinstance(entry, Mapping):
            continue
        place = written.key(name)
        source: dict[str, Part] = {"Id": resource.logical_id}
        reference = plain_map(child(entry, "SourceReference")) or plain_map(properties.get("SourceReference"))
        if reference is not None:
            source.update(reference.items)
        made = Mapping(properties.document, properties.start, properties.end, dict(properties.items), properties.keys)
        made.items["Source"] = build(source, place, "Connectors")
        kept = {
            key: node
            for key, node in entry.items.items()
            if key in ("DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata")
        }
        found.append(
            Unit(
                f"{resource.logical_id}{name}",
                "AWS::Serverless::Connector",
                made,
                place,
                resource.condition,
                {
                    **{key: attributes[key] for key in ("DeletionPolicy", "UpdateReplacePolicy") if key in attributes},
                    **kept,
                },
            )
        )
    return found


def _connect(
    lowering: Lowering, unit: Unit, source: Node | None, destination: Node | None, suffix: str, cause: Cause
) -> None:
    first, second = _end(lowering, source), _end(lowering, destination)
    what = f"connector {unit.logical_id}"
    if first is None or second is None:
        side = "Source" if first is None else "Destination"
        why = f"its {side} is no resource of this template, so what it grants is not looked at; give its Id"
        lowering.gap(what, why, cause.origin)
        return
    profile = connector(first.type, second.type)
    if profile is None:
        why = f"connectors from {first.type} to {second.type} are not known here; write the grant as a policy"
        lowering.gap(what, why, cause.origin)
        return
    access = [profile["access"][name] for name in _wanted(unit, profile)]
    values = {f"Source{name}": value for name, value in first.values.items()}
    values.update({f"Destination{name}": value for name, value in second.values.items()})
    match profile["kind"]:
        case "AWS_IAM_ROLE_MANAGED_POLICY":
            statements = [_fill(statement, values) for entry in access for statement in entry["Statement"]]
            _role_policy(lowering, unit, first if profile["on_source"] else second, statements, suffix, cause)
        case "AWS_LAMBDA_PERMISSION":
            for name in _wanted(unit, profile):
                _permission(lowering, unit, name, profile, values, second, suffix, cause)
        case "AWS_SQS_QUEUE_POLICY" | "AWS_SNS_TOPIC_POLICY" as kind:
            statements = [_fill(statement, values) for entry in access for statement in entry["Statement"]]
            _resource_policy(lowering, unit, kind, second, statements, suffix, cause)
    _wait(lowering, profile["waits"], first, second, f"{unit.logical_id}Policy{suffix}", cause)


def _wanted(unit: Unit, profile: dict[str, Any]) -> list[str]:
    """The access categories asked for, in the order of the table."""
    asked = {text_of(node) for node in each(unit.get("Permissions"))}
    return [name for name in profile["access"] if name in asked]


def _end(lowering: Lowering, node: Node | None) -> _End | None:
    written = plain_map(node)
    if written is None:
        return None
    name = text_of(written.get("Id"))
    resource = lowering.stack.resources.get(name) if name is not None else None
    if name is not None and resource is None:
        return None
    own = {key: given(written.get(key)) for key in ("Arn", "Name", "Qualifier", "QueueUrl", "ResourceId")}
    values: dict[str, Part] = {key: value for key, value in own.items() if value is not None}
    role: Part = given(written.get("RoleName"))
    if resource is None or name is None:
        kind = text_of(written.get("Type"))
        return None if kind is None else _End(_LOWERED.get(kind, kind), values, role, None)
    kind = resource.type
    values.setdefault("Arn", ref(name) if kind in _ARN_BY_REF else get_att(name, "Arn"))
    if kind == "AWS::StepFunctions::StateMachine":
        values.setdefault("Name", get_att(name, "Name"))
    if kind == "AWS::SQS::Queue":
        values.setdefault("QueueUrl", ref(name))
    if kind.startswith("AWS::ApiGateway"):
        values.setdefault("ResourceId", ref(name))
        values.setdefault("Qualifier", "*")
    if kind == "AWS::AppSync::GraphQLApi":
        values.setdefault("ResourceId", get_att(name, "ApiId"))
    return _End(kind, values, role if role is not None else _role_of(resource), resource)


def _role_of(resource: Resource) -> Part:
    """The name of the role that a resource acts with, where the role is one of this template."""
    written = resource.properties.get(_ROLE_PROPERTY.get(resource.type, ""))
    if resource.type == "AWS::Events::Rule":
        roles = [child(target, "RoleArn") for target in each(resource.properties.get("Targets"))]
        written = next((role for role in roles if role is not None), None)
    name = pointed(written) if intrinsic(written) in ("Ref", "Fn::GetAtt") else None
    return None if name is None else ref(name)


def _role_policy(lowering: Lowering, unit: Unit, end: _End, statements: list[Part], suffix: str, cause: Cause) -> None:
    if end.role is None:
        why = "the role it grants to is not declared in this template, so the grant cannot be shown; give its RoleName"
        lowering.gap(f"connector {unit.logical_id}", why, cause.origin)
        return
    value: dict[str, Part] = {
        "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
        "Roles": [end.role],
    }
    _add(lowering, unit, f"{unit.logical_id}Policy{suffix}", "AWS::IAM::ManagedPolicy", value, cause)


def _permission(
    lowering: Lowering,
    unit: Unit,
    name: str,
    profile: dict[str, Any],
    values: dict[str, Part],
    end: _End,
    suffix: str,
    cause: Cause,
) -> None:
    value: dict[str, Part] = {"FunctionName": end.values.get("Arn")}
    for key, part in profile["access"][name].items():
        value[key] = _fill(part, values)
    logical_id = f"{unit.logical_id}{name}LambdaPermission{suffix}"
    _add(lowering, unit, logical_id, "AWS::Lambda::Permission", value, cause)


def _resource_policy(
    lowering: Lowering, unit: Unit, kind: str, end: _End, statements: list[Part], suffix: str, cause: Cause
) -> None:
    document: dict[str, Part] = {"Version": "2012-10-17", "Statement": statements}
    if kind == "AWS_SQS_QUEUE_POLICY":
        value: dict[str, Part] = {"PolicyDocument": document, "Queues": [end.values.get("QueueUrl")]}
        _add(lowering, unit, f"{unit.logical_id}QueuePolicy{suffix}", "AWS::SQS::QueuePolicy", value, cause)
        return
    value = {"PolicyDocument": document, "Topics": [end.values.get("Arn")]}
    _add(lowering, unit, f"{unit.logical_id}TopicPolicy{suffix}", "AWS::SNS::TopicPolicy", value, cause)


def _add(lowering: Lowering, unit: Unit, logical_id: str, kind: str, value: dict[str, Part], cause: Cause) -> None:
    after = unit.attributes.get("DependsOn")
    lowering.generate(unit, logical_id, kind, value, cause, attributes={"DependsOn": after} if after else None)
    lowering.grants_of.setdefault(unit.logical_id, []).append(logical_id)


def _replace_waits(lowering: Lowering) -> None:
    """Who waits for a connector (``DependsOn``) waits for what it became."""
    for resource in list(lowering.stack.resources.values()):
        names = [text_of(node) or "" for node in each(resource.attributes.get("DependsOn"))]
        if any(name in lowering.grants_of for name in names):
            became = [made for name in names for made in lowering.grants_of.get(name, [name])]
            _depend(lowering, resource, list(dict.fromkeys(became)), resource.attributes["DependsOn"])


def _depend(lowering: Lowering, resource: Resource, names: list[str], origin: Node) -> None:
    attributes = {**resource.attributes, "DependsOn": build([*names], origin, origin.via)}
    lowering.stack.resources[resource.logical_id] = replace(resource, attributes=attributes)


def _fill(value: Any, values: dict[str, Part]) -> Part:
    """A part of a profile with the values of both ends in it."""
    if isinstance(value, dict):
        return {key: _fill(part, values) for key, part in value.items()}
    if isinstance(value, list):
        return [_fill(part, values) for part in value]
    if not isinstance(value, str):
        plain: Part = value
        return plain
    whole = _PLACEHOLDER.fullmatch(value)
    if whole is not None:
        return values.get(whole.group(1) + whole.group(2))
    used = {found.group(1) + found.group(2) for found in _PLACEHOLDER.finditer(value)}
    if not used:
        return {"Fn::Sub": value} if "${" in value else value
    text = _PLACEHOLDER.sub(r"${\1\2}", value)
    return {"Fn::Sub": [text, {name: values.get(name) for name in sorted(used)}]}


def _wait(lowering: Lowering, waits: str | None, first: _End, second: _End, policy: str, cause: Cause) -> None:
    """Make what needs the grant wait for it."""
    if policy not in lowering.stack.resources:
        return
    waiting: list[Resource] = []
    if waits == "SOURCE" and first.resource is not None:
        waiting.append(first.resource)
    if waits == "DESTINATION_EVENT_SOURCE_MAPPING" and first.resource is not None and second.resource is not None:
        for resource in lowering.stack.resources.values():
            if resource.type != "AWS::Lambda::EventSourceMapping":
                continue
            function = pointed(resource.properties.get("FunctionName"))
            source = pointed(resource.properties.get("EventSourceArn"))
            if function == second.resource.logical_id and source == first.resource.logical_id:
                waiting.append(resource)
    for resource in waiting:
        before = each(resource.attributes.get("DependsOn"))
        attributes = {**resource.attributes, "DependsOn": build([*before, policy], cause.origin, cause.via)}
        lowering.stack.resources[resource.logical_id] = replace(resource, attributes=attributes)
