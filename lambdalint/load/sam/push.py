"""Events that call the function themselves: S3, SNS, log subscriptions, IoT, Alexa and Cognito.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
"""

from __future__ import annotations

from lambdalint.load.nodes import (
    Part,
    build,
    child,
    each,
    flag,
    get_att,
    given,
    pick,
    plain_map,
    pointed,
    ref,
    sub,
    text_of,
    with_items,
)
from lambdalint.load.sam.lowering import Cause, Event, Invoked, Lowering, Notice, Unit
from lambdalint.load.stack import Resource
from lambdalint.record import replace
from lambdalint.source.node import Mapping, Node, Sequence

SQS_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"


def permit(
    lowering: Lowering, unit: Unit, event: Event, invoked: Invoked, principal: str, suffix: str = "", **source: Part
) -> str:
    """Add the permission that lets a service invoke the function; its logical id.

    ``source`` holds what narrows it: SourceArn, SourceAccount, EventSourceToken.
    """
    logical_id = f"{event.logical_id}Permission{suffix}"
    value: dict[str, Part] = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": invoked.name,
        "Principal": principal,
        **source,
    }
    lowering.generate(unit, logical_id, "AWS::Lambda::Permission", value, event.cause)
    return logical_id


def lower_notification(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """S3: a permission, and the notification configuration of the bucket, which stands in the same template."""
    account = ref("AWS::AccountId")
    permission = permit(lowering, unit, event, invoked, "s3.amazonaws.com", SourceAccount=account)
    name = pointed(event.get("Bucket")) or text_of(event.get("Bucket"))
    bucket = lowering.stack.resources.get(name) if name is not None else None
    if name is None or bucket is None or bucket.type != "AWS::S3::Bucket":
        why = "its bucket is not declared in this template, so its notification cannot be shown; Ref a bucket of it"
        lowering.gap(f"Events.{event.name} of {unit.logical_id}", why, event.cause.origin)
        return
    made: list[Node] = []
    for kind in each(event.get("Events")):
        entry: Part = {"Event": kind, "Function": invoked.arn, "Filter": event.get("Filter")}
        if unit.condition is not None:
            entry = {"Fn::If": [unit.condition.text, entry, ref("AWS::NoValue")]}
        made.append(build(entry, event.properties, event.cause.via))
    condition = unit.condition.text if unit.condition is not None else None
    lowering.notices.setdefault(name, []).append(Notice(made, permission, condition, event.cause))


def add_notifications(lowering: Lowering) -> None:
    """Put what S3 events ask for into their buckets, each of which waits for the permissions."""
    for name, notices in lowering.notices.items():
        bucket = lowering.stack.resources[name]
        written = given(bucket.properties.get("NotificationConfiguration"))
        config = plain_map(written)
        if written is None or config is not None:
            lowering.stack.resources[name] = _notifying(bucket, config, notices)


def _notifying(bucket: Resource, config: Mapping | None, notices: list[Notice]) -> Resource:
    """The bucket with more Lambda configurations."""
    cause = notices[0].cause
    attributes = dict(bucket.attributes)
    present = config.get("LambdaConfigurations") if config is not None else None
    entries: list[Part] = list(present.items) if isinstance(present, Sequence) else []
    known = {_key(entry) for entry in entries if isinstance(entry, Mapping)}
    entries.extend(node for notice in notices for node in notice.entries if _key(node) not in known)
    stand = build(entries, present or cause.origin, present.via if present is not None else cause.via)
    changes: dict[str, Node]
    if config is not None:
        changes = {"NotificationConfiguration": with_items(config, {"LambdaConfigurations": stand})}
    else:
        changes = {"NotificationConfiguration": build({"LambdaConfigurations": stand}, cause.origin, cause.via)}
    always: list[Part] = [notice.permission for notice in notices if notice.condition is None]
    if always:
        before = each(attributes.get("DependsOn"))
        attributes["DependsOn"] = build([*before, *always], cause.origin, cause.via)
    tags = [_wait_tag(notice.condition, notice.permission) for notice in notices if notice.condition is not None]
    if tags:
        written = bucket.properties.get("Tags")
        own = list(written.items) if isinstance(written, Sequence) else []
        changes["Tags"] = build([*own, *tags], written or cause.origin, cause.via)
    return replace(bucket, properties=with_items(bucket.properties, changes), attributes=attributes)


def _wait_tag(condition: str, permission: str) -> dict[str, Part]:
    """A tag that makes the bucket wait for a permission that exists only under a condition."""
    choice: list[Part] = [condition, ref(permission), "no dependency"]
    return {"Key": f"sam:ConditionalDependsOn:{permission}", "Value": {"Fn::If": choice}}


def _key(entry: Node) -> tuple[str | None, str | None]:
    """What makes two notification entries the same: event and function."""
    return text_of(child(entry, "Event")), pointed(child(entry, "Function"))


def lower_topic(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """SNS: a subscription, either straight to the function or through a queue of its own."""
    topic = event.get("Topic")
    wish = event.get("SqsSubscription")
    if wish is None or flag(wish) is False:
        _subscribe(lowering, unit, event, "lambda", invoked.arn)
        permit(lowering, unit, event, invoked, "sns.amazonaws.com", SourceArn=topic)
        return
    config = plain_map(wish)
    queue_arn: Part
    queue_url: Part
    if config is None or (given(config.get("QueueArn")) is None and given(config.get("QueueUrl")) is None):
        queue = f"{event.logical_id}Queue"
        fifo = _is_fifo(lowering, topic)
        value: dict[str, Part] = {"FifoQueue": True if fifo else None}
        lowering.generate(unit, queue, "AWS::SQS::Queue", value, event.cause)
        queue_arn, queue_url = get_att(queue, "Arn"), ref(queue)
    else:
        queue_arn, queue_url = given(config.get("QueueArn")), given(config.get("QueueUrl"))
    unit.grants.managed.append(SQS_POLICY)
    _subscribe(lowering, unit, event, "sqs", queue_arn)
    policy = text_of(config.get("QueuePolicyLogicalId")) if config is not None else None
    let_send(lowering, unit, policy or f"{event.logical_id}QueuePolicy", queue_arn, queue_url, "*", topic, event.cause)
    mapping: dict[str, Part] = {
        "FunctionName": invoked.name,
        "EventSourceArn": queue_arn,
        "BatchSize": (given(config.get("BatchSize")) if config is not None else None) or 10,
        "Enabled": True,
    }
    written_enabled = flag(config.get("Enabled")) if config is not None else None
    if written_enabled is not None and config is not None:
        mapping["Enabled"] = True if written_enabled is False else config.get("Enabled")
    logical_id = f"{event.logical_id}EventSourceMapping"
    lowering.generate(unit, logical_id, "AWS::Lambda::EventSourceMapping", mapping, event.cause)


def _is_fifo(lowering: Lowering, topic: Node | None) -> bool:
    name = pointed(topic)
    found = lowering.stack.resources.get(name) if name is not None else None
    return found is not None and flag(found.properties.get("FifoTopic")) is True


def _subscribe(lowering: Lowering, unit: Unit, event: Event, protocol: str, endpoint: Part) -> None:
    value: dict[str, Part] = {"Protocol": protocol, "Endpoint": endpoint, "TopicArn": event.get("Topic")}
    value.update(pick(event.properties, ("FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "Region")))
    lowering.generate(unit, event.logical_id, "AWS::SNS::Subscription", value, event.cause, event.properties)


def let_send(
    lowering: Lowering,
    unit: Unit,
    logical_id: str,
    queue_arn: Part,
    queue_url: Part,
    principal: Part,
    source: Part,
    cause: Cause,
) -> None:
    """Add the queue policy that lets one source send to a queue."""
    statement: dict[str, Part] = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    document: dict[str, Part] = {"Version": "2012-10-17", "Statement": [statement]}
    value: dict[str, Part] = {"PolicyDocument": document, "Queues": [queue_url]}
    lowering.generate(unit, logical_id, "AWS::SQS::QueuePolicy", value, cause)


def lower_log_subscription(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """CloudWatch Logs: a subscription filter and a permission for the log group."""
    group = event.get("LogGroupName")
    arn = "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*"
    source = sub(arn, __LogGroupName__=group)
    permission = permit(lowering, unit, event, invoked, "logs.amazonaws.com", SourceArn=source)
    value: dict[str, Part] = {"DestinationArn": invoked.arn}
    value.update(pick(event.properties, ("FilterPattern", "LogGroupName")))
    after: dict[str, Part] = {"DependsOn": [permission]}
    kind = "AWS::Logs::SubscriptionFilter"
    lowering.generate(unit, event.logical_id, kind, value, event.cause, event.properties, attributes=after)


def lower_iot(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """IoT: a topic rule and a permission for it."""
    source = sub("arn:aws:iot:${AWS::Region}:${AWS::AccountId}:rule/${RuleName}", RuleName=ref(event.logical_id))
    account = sub("${AWS::AccountId}")
    permit(lowering, unit, event, invoked, "iot.amazonaws.com", SourceArn=source, SourceAccount=account)
    payload: dict[str, Part] = {
        "Actions": [{"Lambda": {"FunctionArn": invoked.arn}}],
        "RuleDisabled": False,
        **pick(event.properties, ("AwsIotSqlVersion", "Sql")),
    }
    lowering.generate(unit, event.logical_id, "AWS::IoT::TopicRule", {"TopicRulePayload": payload}, event.cause)


def lower_alexa(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """Alexa: a permission, which only ``SkillId`` narrows."""
    skill = event.get("SkillId")
    permit(lowering, unit, event, invoked, "alexa-appkit.amazon.com", EventSourceToken=skill)


def lower_cognito(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """Cognito: a permission, and the triggers of the user pool, which stands in the same template."""
    name = pointed(event.get("UserPool"))
    pool = lowering.stack.resources.get(name) if name is not None else None
    if name is None or pool is None or pool.type != "AWS::Cognito::UserPool":
        why = "its user pool is not declared in this template, so its triggers cannot be shown; Ref a pool of it"
        lowering.gap(f"Events.{event.name} of {unit.logical_id}", why, event.cause.origin)
        return
    value: dict[str, Part] = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": invoked.name,
        "Principal": "cognito-idp.amazonaws.com",
        "SourceArn": get_att(name, "Arn"),
    }
    lowering.generate(unit, f"{unit.logical_id}CognitoPermission", "AWS::Lambda::Permission", value, event.cause)
    properties = pool.properties
    written = given(properties.get("LambdaConfig"))
    if written is not None and plain_map(written) is None:
        return
    triggers: dict[str, Part] = dict(written.items) if isinstance(written, Mapping) else {}
    for trigger in each(event.get("Trigger")):
        kind = text_of(trigger)
        if kind is not None:
            triggers[kind] = _trigger(kind, invoked, build("V1_0", event.cause.origin), event)
    config = build(triggers, written or event.cause.origin, event.cause.via)
    if isinstance(config, Mapping) and isinstance(written, Mapping):
        config.keys = written.keys
    changed = with_items(properties, {"LambdaConfig": config})
    lowering.stack.resources[name] = replace(pool, properties=changed)


def _trigger(kind: str, invoked: Invoked, version: Node, event: Event) -> Part:
    """Most triggers are an ARN; the senders are an ARN with a version."""
    if kind in ("CustomEmailSender", "CustomSMSSender"):
        return build({"LambdaArn": invoked.arn, "LambdaVersion": version}, event.cause.origin, event.cause.via)
    return invoked.arn
