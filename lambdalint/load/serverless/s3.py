"""``s3`` events: buckets of the service's own, and notifications of buckets that exist.

https://www.serverless.com/framework/docs/providers/aws/events/s3
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, child, get_att, is_null, plain_map, ref, text_of
from lambdalint.load.serverless.custom import add_custom_function, qualifier_of
from lambdalint.load.serverless.naming import alphanumeric, start_case, upper_first
from lambdalint.load.serverless.permission import add_permission
from lambdalint.load.serverless.service import Event, Function, Service, events_of, is_true, listed, truthy
from lambdalint.load.serverless.unknown import concat
from lambdalint.source.node import Mapping, Node, Scalar

_CREATED = "s3:ObjectCreated:*"


def lower_s3(service: Service) -> None:
    """Add the buckets and permissions of new buckets, and the custom resources of existing ones."""
    new: dict[str, list[tuple[Function, Event, Node]]] = {}
    existing: list[tuple[Function, Event]] = []
    for function, event in events_of(service, "s3"):
        if is_true(event.get("existing")):
            existing.append((function, event))
            continue
        bucket = event.get("bucket") if event.settings is not None else event.value
        if bucket is None:
            why = "it names no bucket, so it is not looked at; write its bucket"
            service.gap(f"s3 event of {function.name}", why, event.cause.origin)
            continue
        key = text_of(bucket) or f"?{len(new)}"
        new.setdefault(key, []).append((function, event, bucket))
    for key, uses in new.items():
        _new_bucket(service, key, uses)
    _existing_buckets(service, existing)


def _new_bucket(service: Service, key: str, uses: list[tuple[Function, Event, Node]]) -> None:
    """A bucket with the notifications of all functions, and the permission of each."""
    configured = plain_map(child(service.setting("s3"), key))
    name: Part = uses[0][2]
    properties: dict[str, Part] = {}
    if configured is not None:
        name = truthy(configured.get("name")) or name
        properties = {upper_first(old): value for old, value in configured.items.items() if old != "name"}
    identifier = alphanumeric(key)
    notifications: list[Part] = []
    depends: list[str | None] = []
    for function, event, _ in uses:
        value: dict[str, Part] = {
            "Event": truthy(event.get("event")) or _CREATED,
            "Function": function.arn,
            "Filter": _filter(event),
        }
        notifications.append(build(value, event.cause.origin, event.cause.via))
        depends.append(f"{function.prefix}LambdaPermission{identifier}S3")
    written = properties.pop("NotificationConfiguration", None)
    base: dict[str, Part] = {"LambdaConfigurations": notifications}
    if isinstance(written, Mapping):
        base.update(written.items)
    whole: dict[str, Part] = {"BucketName": name, "NotificationConfiguration": base, **properties}
    service.add(f"S3Bucket{identifier}", "AWS::S3::Bucket", whole, uses[0][1].cause, depends_on=depends)
    for function, event, _ in uses:
        source: Part = {"Fn::Join": ["", ["arn:", ref("AWS::Partition"), concat(":s3:::", _text(name))]]}
        more: dict[str, Part] = {"SourceAccount": ref("AWS::AccountId")}
        suffix = f"LambdaPermission{identifier}S3"
        add_permission(service, function, event.cause, suffix, "s3.amazonaws.com", source, more)


def _text(part: Part) -> str | Node:
    return part if isinstance(part, (str, Scalar, Mapping)) else ""


def _rules(event: Event) -> list[tuple[str, Node]]:
    """(prefix or suffix, value) of each rule of an event."""
    found: list[tuple[str, Node]] = []
    for rule in listed(event.get("rules")):
        if isinstance(rule, Mapping):
            found += [(name, value) for name, value in rule.items.items() if not is_null(value)]
    return found


def _filter(event: Event) -> Part:
    rules: list[Part] = [{"Name": name, "Value": value} for name, value in _rules(event)]
    return {"S3Key": {"Rules": rules}} if event.get("rules") is not None else None


def _existing_buckets(service: Service, uses: list[tuple[Function, Event]]) -> None:
    """Notifications of buckets that exist are set by a function of the framework's own."""
    if not uses:
        return
    statements: list[Part] = []
    configs: dict[str, list[Part]] = {}
    handler = add_custom_function(service, "custom-resource-existing-s3", "s3/handler.handler", uses[0][1].cause)
    for function, event in uses:
        logical_id = f"{function.prefix}CustomS31"
        bucket = event.get("bucket")
        rules: list[Part] = [{start_case(name): value} for name, value in _rules(event)]
        config: Part = {"Event": truthy(event.get("event")) or _CREATED, "Rules": rules}
        known = configs.setdefault(logical_id, [])
        known.append(build(config, event.cause.origin, event.cause.via))
        value: dict[str, Part] = {
            "ServiceToken": get_att(handler, "Arn"),
            "FunctionName": function.physical,
            "FunctionQualifier": qualifier_of(service, function),
            "BucketName": bucket,
            "BucketConfigs": list(known),
        }
        service.add(logical_id, "Custom::S3", value, event.cause, function=function)
        if len(known) == 1:
            arn: Part = {"Fn::Join": [":", ["arn", ref("AWS::Partition"), "s3", "", "", bucket]]}
            actions: list[Part] = ["s3:PutBucketNotification", "s3:GetBucketNotification"]
            statements.append({"Effect": "Allow", "Resource": arn, "Action": actions})
    functions: list[Part] = ["arn", ref("AWS::Partition"), "lambda", ref("AWS::Region"), ref("AWS::AccountId")]
    every: Part = {"Fn::Join": [":", [*functions, "function", "*"]]}
    permissions: list[Part] = ["lambda:AddPermission", "lambda:RemovePermission"]
    statements.append({"Effect": "Allow", "Resource": every, "Action": permissions})
    service.custom_statements += [build(part, uses[0][1].cause.origin, uses[0][1].cause.via) for part in statements]
