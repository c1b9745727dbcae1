"""Events on a schedule or from an event bus: EventBridge rules and EventBridge Scheduler.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
"""

from __future__ import annotations

from lambdalint.load.nodes import (
    Part,
    branches,
    build,
    child,
    flag,
    get_att,
    given,
    pick,
    plain_map,
    ref,
    text_of,
)
from lambdalint.load.sam.lowering import Event, Invoked, Lowering, Unit
from lambdalint.load.sam.push import let_send, permit
from lambdalint.load.sam.roles import allow, inline, propagated_tags, trust
from lambdalint.source.node import Mapping, Node

#: What an event source does to invoke its target, and how the target's id ends.
_STATES = "AWS::Serverless::StateMachine"
_RULE_NAMES = {"ScheduleExpression": "Schedule", "EventPattern": "Pattern", "Name": "RuleName", "State": "Enabled"}


def lower_schedule(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """Schedule: a rule with a schedule expression."""
    value: dict[str, Part] = {"ScheduleExpression": event.get("Schedule")}
    value.update(pick(event.properties, ("Name", "Description")))
    _rule(lowering, unit, event, invoked, value)


def lower_rule(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """CloudWatchEvent and EventBridgeRule: a rule with an event pattern."""
    value: dict[str, Part] = {"EventPattern": event.get("Pattern"), "Name": event.get("RuleName")}
    value.update(pick(event.properties, ("EventBusName",)))
    _rule(lowering, unit, event, invoked, value)


def _rule(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked, value: dict[str, Part]) -> None:
    logical_id = event.logical_id
    states = unit.type == _STATES
    ending = "StepFunctionsTarget" if states else "LambdaTarget"
    short = logical_id if len(logical_id) + len(ending) <= 64 else logical_id[: 64 - len(ending)]
    target: dict[str, Part] = {
        "Id": given(child(event.get("Target"), "Id")) or f"{short}{ending}",
        "Arn": invoked.arn,
        **pick(event.properties, ("Input", "InputPath", "InputTransformer", "RetryPolicy")),
    }
    if states:
        target["RoleArn"] = event.get("RoleArn") or _role(lowering, unit, event, invoked, "events.amazonaws.com", None)
    else:
        source = get_att(logical_id, "Arn")
        permit(lowering, unit, event, invoked, "events.amazonaws.com", SourceArn=source)
    dead = _dead_letters(lowering, unit, event, get_att(logical_id, "Arn"))
    if dead is not None:
        target["DeadLetterConfig"] = {"Arn": dead}
    value["State"] = _state(event)
    value["Targets"] = [build(target, event.properties, event.cause.via, event.properties)]
    lowering.generate(unit, logical_id, "AWS::Events::Rule", value, event.cause, event.properties, renamed=_RULE_NAMES)


def _state(event: Event) -> Part:
    """``State`` as written, or ``Enabled`` in its words."""
    state = event.get("State")
    enabled = event.get("Enabled")
    if state is not None or enabled is None:
        return state
    return _enabled(enabled)


def _enabled(enabled: Node) -> Part:
    parts = branches(enabled)
    if parts is not None:
        choice: list[Part] = [parts[0], _enabled(parts[1]), _enabled(parts[2])]
        return {"Fn::If": choice}
    known = flag(enabled)
    if known is None:
        return "ENABLED" if isinstance(enabled, Mapping) else enabled
    return build("ENABLED" if known else "DISABLED", enabled, "Enabled")


def _dead_letters(lowering: Lowering, unit: Unit, event: Event, source: Part) -> Part:
    """The ARN of the dead-letter queue of a rule's target; ``Type: SQS`` creates the queue and its policy."""
    config = plain_map(event.get("DeadLetterConfig"))
    if config is None:
        return None
    arn = given(config.get("Arn"))
    if arn is not None:
        return arn
    if text_of(config.get("Type")) != "SQS":
        return None
    queue = _queue(lowering, unit, event, config)
    principal: dict[str, Part] = {"Service": "events.amazonaws.com"}
    policy = f"{event.logical_id}QueuePolicy"
    let_send(lowering, unit, policy, get_att(queue, "Arn"), ref(queue), principal, source, event.cause)
    return get_att(queue, "Arn")


def _queue(lowering: Lowering, unit: Unit, event: Event, config: Mapping) -> str:
    queue = text_of(config.get("QueueLogicalId")) or f"{event.logical_id}Queue"
    value: dict[str, Part] = {"Tags": propagated_tags(unit)}
    lowering.generate(unit, queue, "AWS::SQS::Queue", value, event.cause)
    return queue


def lower_scheduler(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """ScheduleV2: a schedule of EventBridge Scheduler and the role that it invokes its target with."""
    target: dict[str, Part] = {"Arn": invoked.arn, **pick(event.properties, ("Input", "RetryPolicy"))}
    config = plain_map(event.get("DeadLetterConfig"))
    queue: Part = None
    if config is not None:
        queue = given(config.get("Arn"))
        if queue is not None:
            target["DeadLetterConfig"] = build({"Arn": queue}, config, config.via, config)
        elif text_of(config.get("Type")) == "SQS":
            queue = get_att(_queue(lowering, unit, event, config), "Arn")
            target["DeadLetterConfig"] = {"Arn": queue}
    service = "scheduler.amazonaws.com"
    target["RoleArn"] = event.get("RoleArn") or _role(lowering, unit, event, invoked, service, queue)
    value: dict[str, Part] = {
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Name": None if flag(event.get("OmitName")) is True else event.logical_id,
        **pick(
            event.properties,
            (
                "Description",
                "EndDate",
                "FlexibleTimeWindow",
                "GroupName",
                "KmsKeyArn",
                "Name",
                "ScheduleExpression",
                "ScheduleExpressionTimezone",
                "StartDate",
                "State",
            ),
        ),
        "Target": target,
    }
    lowering.generate(unit, event.logical_id, "AWS::Scheduler::Schedule", value, event.cause, event.properties)


def _role(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked, service: str, queue: Part) -> dict[str, Part]:
    """The role that an event source starts its target with."""
    logical_id = event.logical_id
    states = unit.type == _STATES
    action = "states:StartExecution" if states else "lambda:InvokeFunction"
    scheduler = service.startswith("scheduler")
    name = f"{'' if scheduler else 'Role'}StartExecutionPolicy" if states else "LambdaPolicy"
    policies: list[Part] = [inline(f"{logical_id}{name}", [allow(action, invoked.arn)], version=False)]
    if queue is not None:
        policies.append(inline(f"{logical_id}SQSPolicy", [allow("sqs:SendMessage", queue)], version=False))
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": trust(service),
        "Policies": policies,
        "PermissionsBoundary": event.get("PermissionsBoundary")
        or (None if scheduler else unit.get("PermissionsBoundary")),
        "Tags": propagated_tags(unit),
    }
    lowering.generate(unit, f"{logical_id}Role", "AWS::IAM::Role", value, event.cause)
    return get_att(f"{logical_id}Role", "Arn")


def start_role(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked, service: str) -> dict[str, Part]:
    """The role with which a service starts a state machine."""
    return _role(lowering, unit, event, invoked, service, None)
