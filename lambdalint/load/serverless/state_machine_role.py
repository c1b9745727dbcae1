"""The role of a state machine, as ``serverless-step-functions`` derives it from the tasks.

What it allows for functions, queues, topics, tables, event buses and other state machines is known; for the tasks of
other services the statement is unknown.
https://github.com/serverless-operations/serverless-step-functions (as of 3.31.2)
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias

from lambdalint.load.nodes import Part, build, child, get_att, given, intrinsic, is_null, text_of
from lambdalint.load.serverless.service import Service, join, listed
from lambdalint.load.serverless.unknown import is_unknown, text_with_unknowns, unknown
from lambdalint.source.node import Mapping, Node, Scalar, Sequence
from lambdalint.source.scalar import to_json

if TYPE_CHECKING:
    from lambdalint.load.serverless.state_machines import Machine

#: Actions, joined by commas, and what they are allowed on.
_Permission: TypeAlias = "tuple[str, Part]"

_PARTITION = re.compile(r"^arn:(aws(-[a-z]+)*|\$\{AWS::Partition\}):")
_QUEUE_URL = re.compile(r"https://sqs\.(.*)\.amazonaws\.com/(.*)/(.*)")
_FUNCTION = re.compile(r"arn:aws(-[a-z]+)*:lambda")
_LAMBDA = "arn:${AWS::Partition}:lambda:${AWS::Region}:"
_TRIGGER = ".waitForTaskToken"
_LOGS = (
    "logs:CreateLogDelivery,logs:GetLogDelivery,logs:UpdateLogDelivery,logs:DeleteLogDelivery,logs:ListLogDeliveries,"
    "logs:PutResourcePolicy,logs:DescribeResourcePolicies,logs:DescribeLogGroups"
)
_TRACES = "xray:PutTraceSegments,xray:PutTelemetryRecords,xray:GetSamplingRules,xray:GetSamplingTargets"
_KEYS = "kms:Decrypt,kms:Encrypt,kms:ReEncrypt*,kms:GenerateDataKey*,kms:DescribeKey"
_ITEMS = {
    **{f"dynamodb:{name[0].lower()}{name[1:]}": name for name in ("UpdateItem", "PutItem", "GetItem", "DeleteItem")},
    "aws-sdk:dynamodb:query": "Query",
    "aws-sdk:dynamodb:scan": "Scan",
    "aws-sdk:dynamodb:putItem": "PutItem",
    "aws-sdk:dynamodb:updateItem": "UpdateItem",
}


def add_role(service: Service, machine: Machine) -> None:
    """Add the role that a state machine runs as."""
    settings, origin = machine.settings, machine.cause.origin
    found: list[_Permission] = []
    lost: list[Part] = []
    for task in _tasks(settings.get("definition"), machine):
        allowed = _permissions(service, task)
        if allowed is None:
            name = text_of(task.get("Resource")) or "a task"
            lost.append(unknown(task, name, "needs what the plugin serverless-step-functions knows"))
        else:
            found += allowed
    if settings.get("loggingConfig") is not None:
        found.append((_LOGS, "*"))
    if settings.get("tracingConfig") is not None:
        found.append((_TRACES, "*"))
    keys = listed(settings.get("kmsKeyArns"))
    if keys:
        found.append((_KEYS, list(keys)))
    statements: list[Part] = [
        {"Effect": "Allow", "Action": list(actions.split(",")), "Resource": resource}
        for actions, resource in _by_resource(_by_action(found, machine), machine)
    ]
    statements += [*lost, *listed(settings.get("iamRoleStatements"))]
    if not statements:
        statements = [{"Effect": "Deny", "Action": "*", "Resource": "*"}]
    policy: Part = {
        "PolicyName": join(service.stage, "-", service.name, "-statemachine"),
        "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
    }
    trust: Part = {
        "Effect": "Allow",
        "Principal": {"Service": {"Fn::Sub": "states.${AWS::Region}.amazonaws.com"}},
        "Action": "sts:AssumeRole",
    }
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [policy],
        "PermissionsBoundary": service.setting("rolePermissionsBoundary"),
        "Path": service.setting("iam", "role", "path"),
    }
    made = service.add(f"{machine.logical_id}Role", "AWS::IAM::Role", value, machine.cause)
    made.origin = origin


def _tasks(definition: Node | None, machine: Machine) -> list[Mapping]:
    """The states that call something, those of branches and loops among them, in their order."""
    found: list[Mapping] = []
    pending = [(state, False) for state in reversed(_states(definition))]
    while pending:
        state, calls = pending.pop()
        if not isinstance(state, Mapping):
            continue
        kind = text_of(state.get("Type"))
        below: list[tuple[Node, bool]] = []
        if calls or kind == "Task":
            found.append(state)
        elif kind == "Parallel":
            below = [(node, False) for branch in listed(state.get("Branches")) for node in _states(branch)]
        elif kind == "Map":
            loop = given(state.get("ItemProcessor")) or given(state.get("Iterator"))
            below = [(node, False) for node in _states(loop)]
            if text_of(child(loop, "ProcessorConfig", "Mode")) == "DISTRIBUTED":
                below.append((_distributed(state, machine), True))
            beside = (given(state.get(name)) for name in ("ItemReader", "ResultWriter"))
            below += [(node, True) for node in beside if node is not None]
        pending += reversed(below)
    return found


def _states(node: Node | None) -> list[Node]:
    states = child(node, "States")
    return list(states.items.values()) if isinstance(states, Mapping) else []


def _distributed(state: Mapping, machine: Machine) -> Mapping:
    """A distributed map starts its own state machine again and again."""
    prefix = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:"
    name = text_of(build(machine.name, state)) or "?"
    value: dict[str, Part] = {
        "Resource": "arn:aws:states:::states:startExecution",
        "StateMachineArn": {"Fn::Sub": [f"{prefix}{name}", {}]},
    }
    made = build(value, state)
    assert isinstance(made, Mapping)
    return made


def _argument(state: Mapping, name: str) -> tuple[Node | None, bool]:
    """A parameter of a task, and whether it is known only when the state machine runs."""
    for section in ("Parameters", "Arguments"):
        written = state.get(section)
        if isinstance(written, Mapping):
            value = given(written.get(name))
            open_ = f"{name}.$" in written or (text_of(value) or "").strip().startswith("{%")
            return value, open_
    return given(state.get(name)), False


def _permissions(service: Service, state: Mapping) -> list[_Permission] | None:
    """What a task needs; None where it is not known here."""
    resource = state.get("Resource")
    text = text_of(resource)
    if text is None or _FUNCTION.search(text):
        return _named_function(service, resource) if resource is not None and not is_unknown(resource) else None
    if _PARTITION.match(text) is None:
        return []  # what the plugin cannot read either
    task = _PARTITION.sub("", text).removeprefix("states:::").removesuffix(_TRIGGER)
    match task.removesuffix(".sync").removesuffix(".sync:2"):
        case "lambda:invoke":
            return _invoked_function(service, state)
        case "sqs:sendMessage":
            value, open_ = _argument(state, "QueueUrl")
            return [("sqs:SendMessage", "*" if open_ else _queue(value))]
        case "sns:publish":
            value, open_ = _argument(state, "TopicArn")
            return [("sns:Publish", "*" if open_ or value is None else value)]
        case "states:startExecution":
            return _started(state)
        case name if name in _ITEMS:
            table, open_ = _argument(state, "TableName")
            index, _ = _argument(state, "IndexName")
            known = table is not None and index is None
            return [(f"dynamodb:{_ITEMS[name]}", "*" if open_ else _table(table))] if known or open_ else None
        case "events:putEvents":
            return _put_events(state)
    return None


def _named_function(service: Service, resource: Node) -> list[_Permission]:
    """A task whose resource is a function."""
    from lambdalint.load.serverless.state_machines import translated

    target, name = translated(service, resource)
    if name is not None:
        return [("lambda:InvokeFunction", _by_name(name))]
    text = text_with_unknowns(resource)
    if text is not None and isinstance(target, Scalar):
        parts = text.split(":")
        target = ":".join(parts[:-1]) if len(parts) == 8 else text
    return [("lambda:InvokeFunction", [target, _versions(target)])]


def _versions(target: Part) -> Part:
    sub = target.get("Fn::Sub") if isinstance(target, Mapping) else None
    if isinstance(sub, Scalar):
        return {"Fn::Sub": f"{sub.text}:*"}
    if isinstance(sub, Sequence) and len(sub) == 2:
        return {"Fn::Sub": [f"{text_of(sub.items[0])}:*", sub.items[1]]}
    return {"Fn::Sub": ["${functionArn}:*", {"functionArn": target}]}


def _by_name(name: str) -> list[Part]:
    arn = f"{_LAMBDA}${{AWS::AccountId}}:function:{name}"
    return [{"Fn::Sub": arn}, {"Fn::Sub": f"{arn}:*"}]


def _invoked_function(service: Service, state: Mapping) -> list[_Permission]:
    """A task that invokes the function that its parameters name."""
    from lambdalint.load.serverless.state_machines import translated

    written, open_ = _argument(state, "FunctionName")
    if open_ or written is None:
        allowed, _ = _argument(state, "AllowedFunctions")
        return [("lambda:InvokeFunction", allowed or "*")]
    action = "lambda:InvokeFunction"
    text = text_of(written)
    if text is not None and _FUNCTION.match(text):
        return [(action, [text, f"{text}:*"])]
    if text is not None:
        parts = text.split(":")
        if len(parts) == 3 and parts[0].isdecimal():
            return [(action, [{"Fn::Sub": f"{_LAMBDA}{text}"}, {"Fn::Sub": f"{_LAMBDA}{text}:*"}])]
        return [(action, _by_name(text))]
    target, name = translated(service, written)
    if name is not None:
        return [(action, _by_name(name))]
    if intrinsic(written) == "Fn::GetAtt":
        return [(action, [target, {"Fn::Sub": ["${functionArn}:*", {"functionArn": target}]}])]
    if intrinsic(written) == "Ref":
        arn = f"{_LAMBDA}${{AWS::AccountId}}:function:${{functionArn}}"
        values: Part = {"functionArn": target}
        return [(action, [{"Fn::Sub": [arn, values]}, {"Fn::Sub": [f"{arn}:*", values]}])]
    return [(action, written)]


def _queue(url: Node | None) -> Part:
    text = text_of(url)
    found = _QUEUE_URL.match(text or "")
    if found is not None:
        region = found[1]
        china, government = region.startswith("cn-"), region.startswith("us-gov-")
        partition = "aws-cn" if china else "aws-us-gov" if government else "aws"
        return f"arn:{partition}:sqs:{region}:{found[2]}:{found[3]}"
    if text is not None or url is None:
        return []
    name = text_of(url.get("Ref")) if isinstance(url, Mapping) else None
    return get_att(name, "Arn") if name is not None else "*"


def _table(table: Node | None) -> Part:
    name = text_of(table.get("Ref")) if isinstance(table, Mapping) else None
    if name is not None:
        return get_att(name, "Arn")
    imported = isinstance(table, Mapping)
    last: Part = {"Fn::Join": ["/", ["table", table]]} if imported else f"table/{text_of(table)}"
    region: Part = {"Ref": "AWS::Region"}
    return {"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}, "dynamodb", region, {"Ref": "AWS::AccountId"}, last]]}


def _started(state: Mapping) -> list[_Permission]:
    """A task that starts a state machine, and follows what it does."""
    value, open_ = _argument(state, "StateMachineArn")
    target: Part = "*" if open_ or value is None else value
    execution: Part = "*"
    text = target if isinstance(target, str) else text_of(value)
    if text is not None and text != "*":
        execution = f"{text.replace(':stateMachine:', ':execution:')}:*"
    sub = value.get("Fn::Sub") if isinstance(value, Mapping) else None
    if isinstance(sub, Scalar):
        execution = {"Fn::Sub": f"{sub.text.replace(':stateMachine:', ':execution:')}:*"}
    elif isinstance(sub, Sequence) and len(sub) == 2:
        name = (text_of(sub.items[0]) or "").replace(":stateMachine:", ":execution:")
        execution = {"Fn::Sub": [f"{name}:*", sub.items[1]]}
    rule = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/"
    followed: Part = {"Fn::Sub": [f"{rule}StepFunctionsGetEventsForStepFunctionsExecutionRule", {}]}
    return [
        ("states:StartExecution", target),
        ("states:DescribeExecution,states:StopExecution", execution),
        ("events:PutTargets,events:PutRule,events:DescribeRule", followed),
    ]


def _put_events(state: Mapping) -> list[_Permission]:
    entries, _ = _argument(state, "Entries")
    arn = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${eventBus}"
    buses: list[Part] = []
    for entry in listed(entries):
        name = child(entry, "EventBusName")
        bus: Part = {"Fn::Sub": [arn, {"eventBus": "default" if is_null(name) else name}]}
        if bus not in buses:
            buses.append(bus)
    return [("events:PutEvents", buses)]


# --- fewer statements -------------------------------------------------------------------------------------------------


def _key(part: Part, machine: Machine) -> str:
    return json.dumps(to_json(build(part, machine.cause.origin)), sort_keys=True)


def _by_action(permissions: list[_Permission], machine: Machine) -> list[_Permission]:
    """One permission for each set of actions; everything where one of them is for everything."""
    found: dict[str, dict[str, Part]] = {}
    for actions, resource in permissions:
        parts = resource if isinstance(resource, list) else [resource]
        found.setdefault(actions, {}).update({_key(part, machine): part for part in parts})
    star = json.dumps("*")
    return [(actions, "*" if star in parts else list(parts.values())) for actions, parts in found.items()]


def _by_resource(permissions: list[_Permission], machine: Machine) -> list[_Permission]:
    """One permission for each set of resources."""
    found: dict[str, tuple[list[str], Part]] = {}
    for actions, resource in permissions:
        known = found.setdefault(_key(resource, machine), ([], resource))[0]
        known += [action for action in actions.split(",") if action not in known]
    return [(",".join(actions), resource) for actions, resource in found.values()]
