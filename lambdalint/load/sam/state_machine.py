"""``AWS::Serverless::StateMachine``: the state machine, its role, its alias and its events.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
"""

from __future__ import annotations

from lambdalint.load.nodes import (
    Part,
    build,
    flag,
    get_att,
    given,
    intrinsic,
    plain_map,
    pointed,
    ref,
    text_of,
)
from lambdalint.load.sam.events import read_events, unknown_event
from lambdalint.load.sam.lowering import REST_API, Cause, Event, Invoked, Lowering, Route, Unit
from lambdalint.load.sam.plain import declared
from lambdalint.load.sam.policies import attach
from lambdalint.load.sam.roles import XRAY, tags_of, trust, without_repeats
from lambdalint.load.sam.s3 import s3_location
from lambdalint.load.sam.schedule import lower_rule, lower_schedule, lower_scheduler, start_role
from lambdalint.source.node import Mapping, Node

_CREATOR = "stateMachine:createdBy"
#: SAM's names and CloudFormation's.
_RENAMED = {
    "Logging": "LoggingConfiguration",
    "Name": "StateMachineName",
    "Tracing": "TracingConfiguration",
    "Type": "StateMachineType",
}
_CONSUMED = frozenset(
    {
        "AutoPublishAlias",
        "DefinitionUri",
        "DeploymentPreference",
        "Events",
        "PermissionsBoundary",
        "Policies",
        "PropagateTags",
        "Role",
        "RolePath",
        "Tags",
        "UseAliasAsEventTarget",
    }
)


def lower_state_machine(lowering: Lowering, unit: Unit) -> None:
    """Add the state machine and everything that SAM makes from it. Its ``Definition`` stays a map."""
    written = unit.properties
    cause = Cause(unit.origin, f"execution role of {unit.logical_id}")
    items: dict[str, Part] = {}
    for name, node in written.items.items():
        if name not in _CONSUMED:
            items[_RENAMED.get(name, name)] = node
    uri = unit.get("DefinitionUri")
    if uri is not None:
        items["DefinitionS3Location"] = s3_location(uri, {"Bucket": "Bucket", "Key": "Key", "Version": "Version"})
    role = unit.get("Role")
    items["RoleArn"] = role if role is not None else _role(lowering, unit, cause)
    tags = tags_of(unit, _CREATOR)
    items["Tags"] = None if tags is None else build(tags, unit.get("Tags") or unit.origin, "Tags")
    renamed = {lowered: name for name, lowered in _RENAMED.items()}
    renamed.update({"DefinitionS3Location": "DefinitionUri", "RoleArn": "Role"})
    resource = declared(unit, "AWS::StepFunctions::StateMachine", items, renamed)
    alias = _alias(lowering, unit)
    target = alias if alias is not None and flag(unit.get("UseAliasAsEventTarget")) is True else unit.logical_id
    for event in read_events(lowering, unit):
        _lower_event(lowering, unit, event, Invoked(unit, target, by_arn=True))
    lowering.add(resource)


def _lower_event(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    match event.type:
        case "Schedule":
            lower_schedule(lowering, unit, event, invoked)
        case "ScheduleV2":
            lower_scheduler(lowering, unit, event, invoked)
        case "CloudWatchEvent" | "EventBridgeRule":
            lower_rule(lowering, unit, event, invoked)
        case "Api":
            _lower_route(lowering, unit, event, invoked)
        case _:
            unknown_event(lowering, unit, event)


def _lower_route(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """A route of a REST API that starts the state machine, and the role that API Gateway does it with."""
    path, method = text_of(event.get("Path")), text_of(event.get("Method"))
    if path is None or method is None:
        why = "its Path or Method is not written as a text, so its route is not looked at; write both as texts"
        lowering.gap(f"Events.{event.name} of {unit.logical_id}", why, event.cause.origin)
        return
    written = event.get("RestApiId")
    name = REST_API if written is None else pointed(written) if intrinsic(written) else text_of(written)
    if name is not None:
        route = Route(path, method.lower(), event, invoked, kind="states")
        lowering.routes.setdefault(name, []).append(route)
    start_role(lowering, unit, event, invoked, "apigateway.amazonaws.com")


def _role(lowering: Lowering, unit: Unit, cause: Cause) -> Part:
    logical_id = f"{unit.logical_id}Role"
    attached = attach(lowering, unit.get("Policies"), logical_id, cause)
    managed: list[Part] = list(attached.managed)
    tracing = plain_map(unit.get("Tracing"))
    if tracing is not None and flag(tracing.get("Enabled")) is True:
        managed.append(build(XRAY, unit.properties.key("Tracing"), "Tracing"))
    inline: list[Part] = list(attached.inline)
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": trust("states.amazonaws.com"),
        "ManagedPolicyArns": without_repeats(managed),
        "Policies": inline or None,
        "Path": unit.get("RolePath"),
        "PermissionsBoundary": unit.get("PermissionsBoundary"),
        "Tags": tags_of(unit, _CREATOR),
    }
    lowering.generate(unit, logical_id, "AWS::IAM::Role", value, cause)
    return build(get_att(logical_id, "Arn"), cause.origin, cause.via)


def _alias(lowering: Lowering, unit: Unit) -> str | None:
    """The version and alias that ``AutoPublishAlias`` publishes; the alias's logical id."""
    written = unit.get("AutoPublishAlias")
    name = lowering.resolve(written)
    if written is None or name is None:
        return None
    cause = Cause(unit.properties.key("AutoPublishAlias"), "AutoPublishAlias")
    version_id, alias_id = f"{unit.logical_id}Version", f"{unit.logical_id}Alias{name}"
    keep: dict[str, Part] = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    version: dict[str, Part] = {
        "StateMachineArn": ref(unit.logical_id),
        "StateMachineRevisionId": get_att(unit.logical_id, "StateMachineRevisionId"),
    }
    kind = "AWS::StepFunctions::StateMachine"
    lowering.generate(unit, version_id, f"{kind}Version", version, cause, attributes=keep)
    preference = unit.get("DeploymentPreference")
    deployment: dict[str, Part] = {"StateMachineVersionArn": ref(version_id), "Type": "ALL_AT_ONCE"}
    if isinstance(preference, Mapping):
        deployment.update(_kept(preference))
    alias: dict[str, Part] = {"Name": written if text_of(written) else name, "DeploymentPreference": deployment}
    lowering.generate(unit, alias_id, f"{kind}Alias", alias, cause)
    lowering.aliases[f"{unit.logical_id}.Alias"] = alias_id
    return alias_id


def _kept(preference: Mapping) -> dict[str, Node]:
    return {name: node for name, node in preference.items.items() if given(node) is not None}
