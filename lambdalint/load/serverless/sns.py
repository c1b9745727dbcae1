"""``sns`` events: topics, subscriptions and their dead-letter queues.

https://www.serverless.com/framework/docs/providers/aws/events/sns
"""

from __future__ import annotations

import re

from lambdalint.load.nodes import Part, build, get_att, plain_map, ref, text_of
from lambdalint.load.serverless.naming import alphanumeric
from lambdalint.load.serverless.permission import add_permission
from lambdalint.load.serverless.service import Event, Function, Service, events_of, truthy
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.source.node import Mapping

_SEPARATOR = re.compile(r"(?<!:):(?!:)")
_NAMES = {"FilterPolicy": "filterPolicy", "FilterPolicyScope": "filterPolicyScope", "RedrivePolicy": "redrivePolicy"}


def lower_sns(service: Service) -> None:
    """Add the topics that events create, their subscriptions and permissions."""
    topics: dict[str, list[Part]] = {}
    for function, event in events_of(service, "sns"):
        settings = event.settings
        arn = event.get("arn") if settings is not None else None
        text = text_with_unknowns(arn if settings is not None else event.value)
        name = text_of(event.get("topicName")) if settings is not None else None
        if settings is None and text is not None and text.startswith("arn:"):
            arn, name = event.value, text.split(":")[-1]
        elif settings is None:
            name = text
        elif name is None and text is not None:
            name = _SEPARATOR.split(text)[-1]
        if not name:
            why = "the topic has no name, so it is not looked at; write its topicName"
            service.gap(f"sns event of {function.name}", why, event.cause.origin)
            continue
        source: Part = arn
        redrive = _redrive(service, function, event, name, arn)
        if arn is not None:
            _subscribe(service, function, event, name, arn, redrive, text if settings is not None else None)
        else:
            source = _create(service, function, event, name, redrive, topics)
        suffix = f"LambdaPermission{alphanumeric(name)}SNS"
        add_permission(service, function, event.cause, suffix, "sns.amazonaws.com", source)


def _subscribe(
    service: Service, function: Function, event: Event, name: str, arn: Part, redrive: Part, text: str | None
) -> None:
    """A subscription of a topic that exists; its region where that is another than the service's."""
    parts = _SEPARATOR.split(text or "")
    region = parts[3] if len(parts) > 3 and parts[3] != text_of(service.region) else None
    value: dict[str, Part] = {
        "TopicArn": arn,
        "Protocol": "lambda",
        "Endpoint": function.arn,
        "FilterPolicy": event.get("filterPolicy"),
        "FilterPolicyScope": event.get("filterPolicyScope"),
        "RedrivePolicy": redrive,
        "Region": region if region and "?" not in region else None,
    }
    logical_id = f"{function.prefix}SnsSubscription{alphanumeric(name)}"
    names = {**_NAMES, "TopicArn": "arn"}
    service.add(logical_id, "AWS::SNS::Subscription", value, event.cause, event.settings, names, function)


def _create(
    service: Service, function: Function, event: Event, name: str, redrive: Part, topics: dict[str, list[Part]]
) -> Part:
    """A topic of the service's own, once for all functions that subscribe; what its ARN will be."""
    topic_id = f"SNSTopic{alphanumeric(name)}"
    if topic_id not in topics:
        topics[topic_id] = []
        service.add(topic_id, "AWS::SNS::Topic", {"TopicName": name}, event.cause)
    display = truthy(event.get("displayName"))
    topic = service.made[topic_id]
    if display is not None and not topics[topic_id]:
        topic.properties.items["DisplayName"] = display
    subscription: dict[str, Part] = {"Endpoint": function.arn, "Protocol": "lambda"}
    filters = event.get("filterPolicy")
    if filters is not None or redrive is not None:
        value: dict[str, Part] = {
            **subscription,
            "TopicArn": ref(topic_id),
            "FilterPolicy": filters,
            "FilterPolicyScope": event.get("filterPolicyScope"),
            "RedrivePolicy": redrive,
        }
        logical_id = f"{function.prefix}SnsSubscription{alphanumeric(name)}"
        service.add(logical_id, "AWS::SNS::Subscription", value, event.cause, event.settings, _NAMES, function)
    else:
        topics[topic_id].append(build(subscription, event.cause.origin, event.cause.via))
        written = build(list(topics[topic_id]), topic.origin, topic.via)
        topic.properties.items["Subscription"] = written
    parts: list[Part] = ["arn:", ref("AWS::Partition"), ":sns:", ref("AWS::Region"), ":", ref("AWS::AccountId")]
    return {"Fn::Join": ["", [*parts, ":", name]]}


def _redrive(service: Service, function: Function, event: Event, name: str, topic_arn: Part) -> Part:
    """Where messages go that could not be delivered, and the queue policy that lets them."""
    written = plain_map(event.get("redrivePolicy"))
    if written is None:
        return event.get("redrivePolicy")
    found = _dead_letter_queue(written)
    if found is None:
        return None
    target, url = found
    logical_id = f"{alphanumeric(name)}To{function.prefix}DLQPolicy"
    statement: Part = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": target,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    document: Part = {"Version": "2012-10-17", "Id": logical_id, "Statement": [statement]}
    value: dict[str, Part] = {"PolicyDocument": document, "Queues": [url]}
    service.add(logical_id, "AWS::SQS::QueuePolicy", value, event.cause, function=function)
    return build({"deadLetterTargetArn": target}, written, event.cause.via)


def _dead_letter_queue(written: Mapping) -> tuple[Part, Part] | None:
    """ARN and URL of the dead-letter queue that a redrive policy names."""
    arn = written.get("deadLetterTargetArn")
    text = text_with_unknowns(arn)
    if arn is not None:
        region, account, queue = (["", "", "", *(text or "").split(":")])[-3:]
        return arn, {"Fn::Join": ["", [f"https://sqs.{region}.", ref("AWS::URLSuffix"), f"/{account}/{queue}"]]}
    own = text_of(written.get("deadLetterTargetRef"))
    if own is not None:
        return get_att(own, "Arn"), ref(own)
    imported = written.get("deadLetterTargetImport")
    if isinstance(imported, Mapping):
        return {"Fn::ImportValue": imported.get("arn")}, {"Fn::ImportValue": imported.get("url")}
    return None
