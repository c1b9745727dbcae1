"""``Events`` of a function: which module lowers which type.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
"""

from __future__ import annotations

from collections.abc import Callable

from lambdalint.load.nodes import build_map, given, intrinsic, is_null, text_of
from lambdalint.load.sam.lowering import Cause, Event, Invoked, Lowering, Unit, entries
from lambdalint.source.node import Mapping, Origin


def lower_events(lowering: Lowering, unit: Unit, invoked: Invoked) -> None:
    """Add what every event of a function creates."""
    for event in read_events(lowering, unit):
        step = _step(event.type)
        if step is None:
            unknown_event(lowering, unit, event)
        else:
            step(lowering, unit, event, invoked)


def _step(kind: str) -> Callable[[Lowering, Unit, Event, Invoked], None] | None:
    """What lowers a type of event. Imported here: a template uses one or two of them, and start-up time counts."""
    match kind:
        case "SQS" | "Kinesis" | "DynamoDB" | "MSK" | "SelfManagedKafka" | "MQ" | "DocumentDB":
            from lambdalint.load.sam.pull import lower_pull as step
        case "Api":
            from lambdalint.load.sam.route import lower_rest_route as step
        case "HttpApi":
            from lambdalint.load.sam.route import lower_http_route as step
        case "S3":
            from lambdalint.load.sam.push import lower_notification as step
        case "SNS":
            from lambdalint.load.sam.push import lower_topic as step
        case "CloudWatchLogs":
            from lambdalint.load.sam.push import lower_log_subscription as step
        case "IoTRule":
            from lambdalint.load.sam.push import lower_iot as step
        case "AlexaSkill":
            from lambdalint.load.sam.push import lower_alexa as step
        case "Cognito":
            from lambdalint.load.sam.push import lower_cognito as step
        case "CloudWatchEvent" | "EventBridgeRule":
            from lambdalint.load.sam.schedule import lower_rule as step
        case "Schedule":
            from lambdalint.load.sam.schedule import lower_schedule as step
        case "ScheduleV2":
            from lambdalint.load.sam.schedule import lower_scheduler as step
        case _:
            return None
    return step


def read_events(lowering: Lowering, unit: Unit) -> list[Event]:
    """The events of a function or state machine; entries whose shape is unclear become gaps."""
    found = []
    for name, entry, place in entries(lowering, unit, "Events"):
        kind = text_of(entry.get("Type"))
        if kind is None:
            why = "its Type is not written as a text here, so what it creates is not looked at; write its Type"
            lowering.gap(f"Events.{name} of {unit.logical_id}", why, place)
            continue
        properties = _properties(lowering, unit, name, entry, place)
        if properties is not None:
            logical_id = f"{unit.logical_id}{name}"
            found.append(Event(name, logical_id, kind, properties, Cause(place, f"{kind} event {name}")))
    return found


def _properties(lowering: Lowering, unit: Unit, name: str, entry: Mapping, place: Origin) -> Mapping | None:
    written = given(entry.get("Properties"))
    if is_null(written):
        return build_map({}, place)
    if isinstance(written, Mapping) and intrinsic(written) is None:
        return written
    why = "its Properties are not written as a map here, so what it creates is not looked at; write them as a map"
    lowering.gap(f"Events.{name} of {unit.logical_id}", why, place)
    return None


def unknown_event(lowering: Lowering, unit: Unit, event: Event) -> None:
    """Note an event of a type that is not known here."""
    why = f"{event.type} is no event type of {unit.type} that is known here; correct its Type"
    lowering.gap(f"Events.{event.name} of {unit.logical_id}", why, event.cause.origin)
