"""What starts the state machines of ``serverless-step-functions``: schedules and events, and their roles.

https://github.com/serverless-operations/serverless-step-functions (as of 3.31.2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.load.nodes import Part, build, child, get_att, given, plain_map, ref, text_of
from lambdalint.load.serverless.naming import normalized
from lambdalint.load.serverless.service import Cause, Service, join, listed, truthy
from lambdalint.load.serverless.texts import json_text
from lambdalint.load.serverless.unknown import is_unknown
from lambdalint.source.node import Mapping, Node, Scalar

if TYPE_CHECKING:
    from lambdalint.load.serverless.state_machines import Machine

_PERMISSION = ("AWS::Lambda::Permission", None)


def add_events(service: Service, machine: Machine) -> None:
    """Add the rules and schedules that start a state machine, and name what else starts it or hears of it."""
    schedules = rules = 0
    for entry in listed(machine.settings.get("events")):
        for kind, value in entry.items.items() if isinstance(entry, Mapping) and not is_unknown(entry) else ():
            written = truthy(value)
            if written is None or not isinstance(entry, Mapping):
                continue
            cause = Cause(entry.key(kind), f"{kind} event of {machine.key}")
            if kind == "schedule":
                schedules += 1
                _schedule(service, machine, written, cause, schedules)
            elif kind in {"cloudwatchEvent", "eventBridge"}:
                rules += 1
                _rule(service, machine, written, cause, rules)
            else:
                why = "what the plugin serverless-step-functions makes of it is not looked at"
                service.gap(cause.via, why, cause.origin)
                if child(written, "authorizer") is not None:
                    service.stack.unseen.setdefault(_PERMISSION, f"{cause.via} may let an API invoke a function")
        if is_unknown(entry):
            service.lost(f"an event of {machine.key}", entry, "it is not known, so what it creates is not looked at")
    if machine.settings.get("notifications") is not None:
        why = "what the plugin serverless-step-functions makes of them is not looked at"
        what = f"notifications of state machine {machine.key}"
        service.gap(what, why, machine.settings.key("notifications"))
        service.stack.unseen.setdefault(_PERMISSION, f"the {what} may invoke a function")


def _state(settings: Mapping | None) -> str:
    enabled = settings.get("enabled") if settings is not None else None
    return "DISABLED" if isinstance(enabled, Scalar) and enabled.plain and enabled.text == "false" else "ENABLED"


def _input(node: Node | None) -> Part:
    return json_text(node) if isinstance(node, Mapping) and not is_unknown(node) else node


def _retries(settings: Mapping | None) -> Part:
    policy = plain_map(settings.get("retryPolicy")) if settings is not None else None
    if policy is None:
        return None
    age, attempts = given(policy.get("maximumEventAgeInSeconds")), given(policy.get("maximumRetryAttempts"))
    return {"MaximumEventAgeInSeconds": age, "MaximumRetryAttempts": attempts}


def _schedule(service: Service, machine: Machine, written: Node, cause: Cause, number: int) -> None:
    settings = plain_map(written)
    scheduler = text_of(child(settings, "method")) == "scheduler"
    own = child(settings, "role")
    role = f"{normalized(machine.key)}ScheduleToStepFunctionsRole"
    arn: Part = own if own is not None else get_att(role, "Arn")
    target: dict[str, Part] = {"Arn": ref(machine.logical_id), "Input": _input(child(settings, "input"))}
    value: dict[str, Part] = {
        "ScheduleExpression": child(settings, "rate") if settings is not None else written,
        "State": _state(settings),
        "Name": child(settings, "name"),
        "Description": child(settings, "description"),
    }
    prefix = normalized(machine.key)
    if scheduler:
        value["ScheduleExpressionTimezone"] = child(settings, "timezone")
        value["Target"] = {**target, "RoleArn": arn}
        value["FlexibleTimeWindow"] = {"Mode": "OFF"}
        service.add(f"{prefix}StepFunctionsSchedulerSchedule{number}", "AWS::Scheduler::Schedule", value, cause)
    else:
        target |= _rest_of_target(settings)
        value["Targets"] = [{**target, "Id": f"{machine.key}StepFunctionsSchedule", "RoleArn": arn}]
        service.add(f"{prefix}StepFunctionsEventsRuleSchedule{number}", "AWS::Events::Rule", value, cause)
    if own is None:
        _add_role(service, machine, cause, role, "schedule", "scheduler" if scheduler else "events")


def _rest_of_target(settings: Mapping | None) -> dict[str, Part]:
    transformer = plain_map(child(settings, "inputTransformer"))
    return {
        "InputPath": child(settings, "inputPath"),
        "InputTransformer": None
        if transformer is None
        else {
            "InputPathsMap": given(transformer.get("inputPathsMap")),
            "InputTemplate": given(transformer.get("inputTemplate")),
        },
        "RetryPolicy": _retries(settings),
    }


def _rule(service: Service, machine: Machine, written: Node, cause: Cause, number: int) -> None:
    settings = plain_map(written)
    own = child(settings, "iamRole")
    role = f"{normalized(machine.key)}EventToStepFunctionsRole"
    dead = child(settings, "deadLetterConfig")
    target: Part = {
        "Arn": ref(machine.logical_id),
        "Id": f"{machine.key}CloudWatchEvent",
        "Input": _input(child(settings, "input")),
        **_rest_of_target(settings),
        "DeadLetterConfig": None if dead is None else {"Arn": dead},
        "RoleArn": own if own is not None else get_att(role, "Arn"),
    }
    value: dict[str, Part] = {
        "EventBusName": child(settings, "eventBusName"),
        "EventPattern": child(settings, "event"),
        "State": _state(settings),
        "Description": child(settings, "description"),
        "Name": child(settings, "name"),
        "Targets": [target],
    }
    logical_id = f"{normalized(machine.key)}EventsRuleCloudWatchEvent{number}"
    service.add(logical_id, "AWS::Events::Rule", value, cause)
    if own is None:
        _add_role(service, machine, cause, role, "event", "events")


def _add_role(service: Service, machine: Machine, cause: Cause, logical_id: str, kind: str, principal: str) -> None:
    """The role that lets a rule or schedule start the state machine."""
    start: Part = {"Effect": "Allow", "Action": ["states:StartExecution"], "Resource": ref(machine.logical_id)}
    trust: Part = {
        "Effect": "Allow",
        "Principal": {"Service": f"{principal}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    name = join(service.stage, "-", service.region, "-", service.name, f"-{machine.key}-{kind}")
    policy: Part = {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": [start]}}
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [build(policy, cause.origin, cause.via)],
        "PermissionsBoundary": service.setting("rolePermissionsBoundary") if kind == "schedule" else None,
        "Path": service.setting("iam", "role", "path"),
    }
    service.add(logical_id, "AWS::IAM::Role", value, cause)
