"""``FunctionUrlConfig`` and ``EventInvokeConfig``: who may call the function, and where its results go."""

from __future__ import annotations

from lambdalint.load.nodes import (
    Part,
    branches,
    build,
    build_map,
    get_att,
    intrinsic,
    is_no_value,
    is_null,
    pick,
    ref,
    text_of,
)
from lambdalint.load.sam.lowering import Cause, Invoked, Lowering, Unit, digest
from lambdalint.load.sam.roles import propagated_tags, send_grant
from lambdalint.source.node import Mapping, Node


def lower_url(lowering: Lowering, unit: Unit, invoked: Invoked) -> None:
    """The function URL, and for ``AuthType: NONE`` the two permissions that open it to everyone."""
    config = unit.get("FunctionUrlConfig")
    if config is None:
        return
    cause = Cause(unit.properties.key("FunctionUrlConfig"), "FunctionUrlConfig")
    if not isinstance(config, Mapping) or intrinsic(config) is not None:
        why = "it is not written as a map here, so the function URL is not looked at; write its AuthType"
        lowering.gap(f"FunctionUrlConfig of {unit.logical_id}", why, cause.origin)
        return
    value: dict[str, Part] = {"TargetFunctionArn": invoked.name}
    value.update(pick(config, ("AuthType", "Cors", "InvokeMode")))
    lowering.generate(unit, f"{unit.logical_id}Url", "AWS::Lambda::Url", value, cause, keys=config)
    if text_of(config.get("AuthType")) != "NONE":
        return
    everyone: dict[str, Part] = {"FunctionName": invoked.name, "Principal": "*"}
    url: dict[str, Part] = {**everyone, "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}
    call: dict[str, Part] = {**everyone, "Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}
    lowering.generate(unit, f"{unit.logical_id}UrlPublicPermissions", "AWS::Lambda::Permission", url, cause)
    lowering.generate(unit, f"{unit.logical_id}URLInvokeAllowPublicAccess", "AWS::Lambda::Permission", call, cause)


def lower_invoke_config(lowering: Lowering, unit: Unit, invoked: Invoked) -> None:
    """The asynchronous invocation settings; destinations without an ARN get a queue or topic of their own."""
    config = unit.get("EventInvokeConfig")
    if config is None:
        return
    logical_id = f"{unit.logical_id}EventInvokeConfig"
    cause = Cause(unit.properties.key("EventInvokeConfig"), "EventInvokeConfig")
    if not isinstance(config, Mapping) or intrinsic(config) is not None:
        why = "it is not written as a map here, so retries and destinations are not looked at; write it as a map"
        lowering.gap(f"EventInvokeConfig of {unit.logical_id}", why, cause.origin)
        return
    value: dict[str, Part] = {
        "FunctionName": ref(unit.logical_id),
        "Qualifier": get_name(lowering, unit) if invoked.by_arn else "$LATEST",
    }
    value.update(pick(config, ("MaximumEventAgeInSeconds", "MaximumRetryAttempts")))
    destinations = config.get("DestinationConfig")
    if isinstance(destinations, Mapping) and intrinsic(destinations) is None:
        value["DestinationConfig"] = _destinations(lowering, unit, destinations, logical_id)
    elif not is_null(destinations):
        value["DestinationConfig"] = destinations
    after: dict[str, Part] | None = {"DependsOn": [invoked.logical_id]} if invoked.by_arn else None
    lowering.generate(unit, logical_id, "AWS::Lambda::EventInvokeConfig", value, cause, config, attributes=after)


def get_name(lowering: Lowering, unit: Unit) -> Part:
    """The name of the function's alias, where it is known."""
    return lowering.resolve(unit.get("AutoPublishAlias"))


def _destinations(lowering: Lowering, unit: Unit, written: Mapping, logical_id: str) -> Node:
    made: dict[str, Part] = {}
    for name in ("OnSuccess", "OnFailure"):
        entry = written.get(name)
        if not isinstance(entry, Mapping) or intrinsic(entry) is not None:
            if not is_null(entry):
                made[name] = entry
            continue
        cause = Cause(written.key(name), f"EventInvokeConfig {name}")
        destination = _destination(lowering, unit, entry, f"{logical_id}{name}", cause)
        if destination is None:
            continue
        made[name] = build_map({"Destination": destination}, entry, None, entry)
        grant = send_grant(f"{logical_id}{name}", text_of(entry.get("Type")) or "", destination, entry, cause.via)
        if grant is not None:
            unit.grants.inline.append(grant)
    return build_map(made, written, None, written)


def _destination(lowering: Lowering, unit: Unit, entry: Mapping, logical_id: str, cause: Cause) -> Node | None:
    """The written ARN, or that of a generated queue or topic; with ``Fn::If`` generated only where it is missing."""
    arn = entry.get("Destination")
    kind = text_of(entry.get("Type"))
    if is_null(arn):
        made = _create(lowering, unit, logical_id, kind, cause, None)
        return None if made is None else build(made, cause.origin, cause.via)
    parts = branches(arn)
    if parts is None or arn is None or is_no_value(parts[1]) == is_no_value(parts[2]):
        return arn
    name, yes, no = parts
    missing = name
    if is_no_value(no):
        missing = lowering.negate(name, cause, f"NOT{name}{digest(logical_id, name)}")
    made = _create(lowering, unit, logical_id, kind, cause, missing)
    if made is None:
        return arn
    return build({"Fn::If": [missing, made, no if is_no_value(yes) else yes]}, arn, cause.via)


def _create(
    lowering: Lowering, unit: Unit, logical_id: str, kind: str | None, cause: Cause, condition: str | None
) -> dict[str, Part] | None:
    if kind not in ("SQS", "SNS"):
        return None
    if condition is not None and unit.condition is not None:
        condition = lowering.both(unit.condition.text, condition, cause)
    value: dict[str, Part] = {"Tags": propagated_tags(unit)}
    if kind == "SQS":
        queue = f"{logical_id}Queue"
        lowering.generate(unit, queue, "AWS::SQS::Queue", value, cause, condition=condition)
        return get_att(queue, "Arn")
    topic = f"{logical_id}Topic"
    lowering.generate(unit, topic, "AWS::SNS::Topic", value, cause, condition=condition)
    return ref(topic)
