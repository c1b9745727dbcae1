"""Events of EventBridge: ``schedule``, ``eventBridge`` and ``cloudwatchEvent``.

https://www.serverless.com/framework/docs/providers/aws/events/schedule
https://www.serverless.com/framework/docs/providers/aws/events/event-bridge
"""

from __future__ import annotations

import json

from lambdalint.load.nodes import Part, build, get_att, given, intrinsic, plain_map, ref, text_of
from lambdalint.load.serverless.invocation import function_arn
from lambdalint.load.serverless.naming import alphanumeric, normalized, upper_first
from lambdalint.load.serverless.permission import add_permission
from lambdalint.load.serverless.service import Event, Function, Service, events_of, first, join, listed, truthy
from lambdalint.load.serverless.texts import json_text
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.source.node import Mapping, Node, Scalar

_KIND = "AWS::Events::Rule"
_PRINCIPAL = "events.amazonaws.com"
#: Longest name of a rule or target.
_LONGEST = 64


def _state(event: Event) -> Part:
    enabled = event.get("enabled")
    if enabled is None or isinstance(enabled, Scalar):
        return "DISABLED" if text_of(enabled) in {"false", "False", "FALSE"} else "ENABLED"
    return enabled


# --- schedule ---------------------------------------------------------------------------------------------------------


def lower_schedule(service: Service) -> None:
    """Rules of EventBridge, or schedules of EventBridge Scheduler."""
    numbers: dict[str, int] = {}
    scheduled: dict[str, Function] = {}
    place = None
    for function, event in events_of(service, "schedule"):
        rates = listed(event.get("rate")) if event.settings is not None else [event.value]
        by_scheduler = text_of(event.get("method")) == "scheduler"
        for rate in rates:
            numbers[function.name] = number = numbers.get(function.name, 0) + 1
            if by_scheduler:
                scheduled[function.name] = function
                place = place or event.cause
                _schedule(service, function, event, rate, number)
            else:
                _rate(service, function, event, rate, number)
    if place is not None and service.has_role:
        service.principals.append("scheduler.amazonaws.com")
        prefix: Part = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"}
        resources: list[Part] = []
        for function in scheduled.values():
            resources += [function_arn(function.physical, prefix), function_arn(function.physical, prefix, ":*")]
        service.allow(["lambda:InvokeFunction"], resources, place.origin, place.via)


def _rate(service: Service, function: Function, event: Event, rate: Node, number: int) -> None:
    target: dict[str, Part] = {
        "Input": _input(event),
        "InputPath": truthy(event.get("inputPath")),
        "InputTransformer": _transformer(event),
        "Arn": function.arn,
        "Id": f"{function.name}Schedule",
    }
    value: dict[str, Part] = {
        "ScheduleExpression": rate,
        "State": _state(event),
        "Name": truthy(event.get("name")),
        "Description": truthy(event.get("description")),
        "Targets": [target],
    }
    logical_id = f"{function.prefix}EventsRuleSchedule{number}"
    names = {"ScheduleExpression": "rate", "State": "enabled", "Name": "name"}
    service.add(logical_id, _KIND, value, event.cause, event.settings, names, function, function.alias_id)
    suffix = f"LambdaPermissionEventsRuleSchedule{number}"
    add_permission(service, function, event.cause, suffix, _PRINCIPAL, get_att(logical_id, "Arn"))


def _schedule(service: Service, function: Function, event: Event, rate: Node, number: int) -> None:
    role: Part = truthy(event.get("roleArn"))
    if role is None:
        role = service.made[function.logical_id].properties.get("Role")
    target: dict[str, Part] = {"Arn": function.arn, "RoleArn": role, "Input": _input(event)}
    value: dict[str, Part] = {
        "ScheduleExpression": rate,
        "State": _state(event),
        "Target": target,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Name": event.get("name"),
        "GroupName": event.get("groupName"),
        "Description": event.get("description"),
        "ScheduleExpressionTimezone": event.get("timezone"),
    }
    logical_id = f"{function.prefix}SchedulerSchedule{number}"
    names = {"ScheduleExpression": "rate", "State": "enabled", "Name": "name"}
    kind = "AWS::Scheduler::Schedule"
    service.add(logical_id, kind, value, event.cause, event.settings, names, function, function.alias_id)


def _input(event: Event) -> Part:
    """``Input`` as text; the ``body`` of a schedule's input may itself be JSON."""
    written = truthy(event.get("input"))
    if written is None or isinstance(written, Scalar) or intrinsic(written) is not None:
        return written
    body = text_of(written.get("body")) if isinstance(written, Mapping) else None
    if body is not None and event.kind == "schedule":
        try:
            inner = json.loads(body)
        except (ValueError, RecursionError):
            return json_text(written)
        return build(json.dumps({"body": inner}, separators=(",", ":"), ensure_ascii=False), written, "as JSON")
    return json_text(written)


def _transformer(event: Event) -> Part:
    written = plain_map(event.get("inputTransformer"))
    if written is None:
        return event.get("inputTransformer")
    names = {"InputTemplate": "inputTemplate", "InputPathsMap": "inputPathsMap"}
    return build({new: given(written.get(old)) for new, old in names.items()}, written, event.cause.via)


# --- eventBridge ------------------------------------------------------------------------------------------------------


def lower_event_bridge(service: Service) -> None:
    """Rules on any bus; a bus that is named and not yet there is created."""
    if service.generation == "v3" and text_of(service.setting("eventBridge", "useCloudFormation")) == "false":
        for function, event in events_of(service, "eventBridge"):
            why = "it is set up by a custom resource, which is not looked at; remove useCloudFormation: false"
            service.gap(f"eventBridge event of {function.name}", why, event.cause.origin)
        return
    for function, event in events_of(service, "eventBridge"):
        _bus_rule(service, function, event)


def _bus_rule(service: Service, function: Function, event: Event) -> None:
    bus = truthy(event.get("eventBus"))
    text = text_with_unknowns(bus)
    name: Part = bus
    if text is not None and text.startswith("arn"):
        name = text[text.index("/") + 1 :] if "/" in text and "?" not in text else bus
    elif text == "default":
        name = None
    elif text is not None and bus is not None:
        service.add(f"{normalized(text)}EventBridgeEventBus", "AWS::Events::EventBus", {"Name": bus}, event.cause)
    stub = join(function.physical, f"-rule-{event.index}")
    rule: Part = truthy(event.get("name")) or _hashed(stub, f"rule-{event.index}")
    retry = plain_map(event.get("retryPolicy"))
    queue = event.get("deadLetterQueueArn")
    target: dict[str, Part] = {
        "Arn": function.arn,
        "Id": _hashed(join(rule, "-target"), "target"),
        "RetryPolicy": _retry(retry) if retry is not None else event.get("retryPolicy"),
        "DeadLetterConfig": None if queue is None else build({"Arn": queue}, queue, event.cause.via),
        "Input": _input(event),
        "InputPath": truthy(event.get("inputPath")),
        "InputTransformer": _raised(event.get("inputTransformer")),
    }
    value: dict[str, Part] = {
        "Description": event.get("description"),
        "EventBusName": name,
        "EventPattern": event.get("pattern"),
        "Name": rule,
        "ScheduleExpression": event.get("schedule"),
        "State": _state(event),
        "Targets": [target],
    }
    names = {"EventBusName": "eventBus", "EventPattern": "pattern", "Name": "name", "State": "enabled"}
    logical_id = f"{alphanumeric(text_with_unknowns(_node(stub, event)) or '')}EventBridgeRule"
    service.add(logical_id, _KIND, value, event.cause, event.settings, names, function, function.alias_id)
    # Version 3 names the default bus where a person does, though rules of that bus have no such ARN.
    named = text if name is None and service.generation == "v3" else name
    path: list[Part] = ["rule", rule] if named is None else ["rule", named, rule]
    parts: list[Part] = ["arn", ref("AWS::Partition"), "events", ref("AWS::Region"), ref("AWS::AccountId")]
    source: Part = {"Fn::Join": [":", [*parts, {"Fn::Join": ["/", path]}]]}
    add_permission(service, function, event.cause, f"EventBridgeLambdaPermission{event.index}", _PRINCIPAL, source)


def _node(part: Part, event: Event) -> Node:
    return build(part, event.cause.origin, "variables")


def _retry(written: Mapping) -> Part:
    names = {"MaximumEventAgeInSeconds": "maximumEventAge", "MaximumRetryAttempts": "maximumRetryAttempts"}
    return build({new: given(written.get(old)) for new, old in names.items()}, written, written.via)


def _raised(node: Node | None) -> Part:
    """The entries of a map under names that begin with a capital letter."""
    written = plain_map(node)
    if written is None:
        return node
    return build({upper_first(key): value for key, value in written.items.items()}, written, written.via)


def _hashed(name: Part, suffix: str) -> Part:
    """A name that is too long, shortened as the framework does."""
    text = name.text if isinstance(name, Scalar) else name
    if not isinstance(text, str) or len(text) <= _LONGEST:
        return name
    from hashlib import md5

    return f"{text[: 31 - len(suffix)]}{md5(text.encode(), usedforsecurity=False).hexdigest()}-{suffix}"


# --- cloudwatchEvent --------------------------------------------------------------------------------------------------


def lower_cloudwatch_event(service: Service) -> None:
    """Rules of the default bus, in the older notation."""
    numbers: dict[str, int] = {}
    for function, event in events_of(service, "cloudwatchEvent"):
        numbers[function.name] = number = numbers.get(function.name, 0) + 1
        target: dict[str, Part] = {
            "Input": _input(event),
            "InputPath": truthy(event.get("inputPath")),
            "InputTransformer": _transformer(event),
            "Arn": function.arn,
            "Id": f"{function.name}CloudWatchEvent",
        }
        value: dict[str, Part] = {
            "EventPattern": event.get("event"),
            "State": _state(event),
            "Description": first(event.get("description")),
            "Name": first(event.get("name")),
            "Targets": [target],
        }
        names = {"EventPattern": "event", "State": "enabled", "Name": "name"}
        logical_id = f"{function.prefix}EventsRuleCloudWatchEvent{number}"
        service.add(logical_id, _KIND, value, event.cause, event.settings, names, function, function.alias_id)
        suffix = f"LambdaPermissionEventsRuleCloudWatchEvent{number}"
        add_permission(service, function, event.cause, suffix, _PRINCIPAL, get_att(logical_id, "Arn"))


STEPS = {
    "schedule": lower_schedule,
    "eventBridge": lower_event_bridge,
    "cloudwatchEvent": lower_cloudwatch_event,
}
