"""What stands around functions: roles, queues, topics, alarms, log groups, schedules and subnets."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from lambdalint.load.aws.answer import Ok
from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.role import add_roles
from lambdalint.load.aws.tree import Tree, unseen
from lambdalint.load.stack import Resource
from lambdalint.source.node import Mapping, Scalar, Sequence, make

QUEUE = "AWS::SQS::Queue"
TOPIC = "AWS::SNS::Topic"
_ALARM_FIELDS = ("MetricName", "Namespace", "Dimensions", "Metrics", "Threshold", "Statistic", "AlarmActions")


def add_around(evidence: Evidence, tree: Tree, functions: dict[str, Resource]) -> None:
    """Add what the functions refer to, as far as it was answered."""
    add_roles(evidence, tree, functions)
    _queues(evidence, tree)
    _topics(evidence, tree)
    _streams(evidence, tree)
    _alarms(evidence, tree)
    _log_groups(evidence, tree, functions)
    _schedules(evidence, tree)
    _scaling(evidence, tree)
    _subnets(evidence, tree, functions)
    # Nobody asks for APIs: whether X-Ray traces them is not known.
    tree.stack.unseen["AWS::ApiGateway::Stage", None] = "stages of APIs are not looked at"


def _queues(evidence: Evidence, tree: Tree) -> None:
    sources = dict(evidence.all("sqs.ListDeadLetterSourceQueues"))
    seen = {target for target, _ in evidence.all("sqs.GetQueueAttributes")}
    redriven = {
        f"{target.rpartition(':')[0]}:{url.rpartition('/')[2]}": target
        for target, found in sources.items()
        for url in (found.data.get("queueUrls") or () if isinstance(found, Ok) else ())
    }
    for arn, answer in evidence.all("sqs.GetQueueAttributes"):
        name = arn.rpartition(":")[2]
        attributes = answer.data.get("Attributes") if isinstance(answer, Ok) else None
        if not isinstance(attributes, dict):
            why = evidence.why_not("sqs.GetQueueAttributes", arn)
            mark = unseen(why or "the queue does not exist any more")
            properties: dict[str, Any] = {
                "QueueName": name,
                **dict.fromkeys(("VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy"), mark),
            }
            if arn in redriven:
                # The queue itself is silent, but the other one says who sends failures there.
                properties["RedrivePolicy"] = {"deadLetterTargetArn": redriven[arn], "maxReceiveCount": mark}
            resource = tree.add(name, QUEUE, properties, arn, None)
            tree.stack.unseen["policy", resource.logical_id] = why or "the queue does not exist any more"
        else:
            place = evidence.places.get(id(attributes))
            resource = tree.add(name, QUEUE, _queue(name, attributes), arn, place)
            _policy(tree, attributes.get("Policy"), f"policy of {name}", "AWS::SQS::QueuePolicy", {"Queues": [arn]})
        if not isinstance(sources.get(arn), Ok):
            tree.stack.unseen[QUEUE, resource.logical_id] = (
                evidence.why_not("sqs.ListDeadLetterSourceQueues", arn) or "other queues were not looked at"
            )
    for other, arn in redriven.items():
        if other not in seen:
            name = other.rpartition(":")[2]
            target = {"QueueName": name, "RedrivePolicy": {"deadLetterTargetArn": arn}}
            tree.add(name, QUEUE, target, other, None).judged = False


def _queue(name: str, attributes: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"QueueName": name}
    for key in ("VisibilityTimeout", "MessageRetentionPeriod"):
        if str(attributes.get(key, "")).isdigit():
            found[key] = int(attributes[key])
    if str(attributes.get("FifoQueue", "false")).lower() == "true":
        found["FifoQueue"] = True
    redrive = _parsed(attributes.get("RedrivePolicy"))
    if isinstance(redrive, dict):
        found["RedrivePolicy"] = redrive
    return found


def _topics(evidence: Evidence, tree: Tree) -> None:
    for arn, answer in evidence.all("sns.GetTopicAttributes"):
        name = arn.rpartition(":")[2]
        attributes = answer.data.get("Attributes") if isinstance(answer, Ok) else None
        if not isinstance(attributes, dict):
            why = evidence.why_not("sns.GetTopicAttributes", arn) or "the topic does not exist any more"
            resource = tree.add(name, TOPIC, {"TopicName": name, "FifoTopic": name.endswith(".fifo")}, arn, None)
            tree.stack.unseen["policy", resource.logical_id] = why
            continue
        properties: dict[str, Any] = {"TopicName": name}
        if str(attributes.get("FifoTopic", "false")).lower() == "true":
            properties["FifoTopic"] = True
        tree.add(name, TOPIC, properties, arn, evidence.places.get(id(attributes)))
        _policy(tree, attributes.get("Policy"), f"policy of {name}", "AWS::SNS::TopicPolicy", {"Topics": [arn]})


#: ARN of what a stream mapping polls -> its type, the property of its name, and what is not known of it.
_STREAM_TYPES = {
    "kinesis": ("AWS::Kinesis::Stream", "Name", "MaxRecordSizeInKiB"),
    "dynamodb": ("AWS::DynamoDB::Table", "TableName", "StreamSpecification"),
}


def _streams(evidence: Evidence, tree: Tree) -> None:
    """The streams that mappings poll: without metrics nobody asks about them, but their ARNs tell their names."""
    mappings = evidence.items("lambda.ListEventSourceMappings", "EventSourceMappings")
    for arn in dict.fromkeys(str(item.get("EventSourceArn") or "") for item in mappings):
        parts = arn.split(":", 5)
        known = _STREAM_TYPES.get(parts[2]) if len(parts) == 6 else None
        if known is None:
            continue
        kind, name_property, open_property = known
        name = parts[5].split("/")[1] if "/" in parts[5] else parts[5]
        properties = {name_property: name, open_property: unseen("streams are not looked at")}
        summary = evidence.data("kinesis.DescribeStreamSummary", arn).get("StreamDescriptionSummary") or {}
        if parts[2] == "kinesis":
            why = evidence.why_not("kinesis.DescribeStreamSummary", arn) or "the stream does not exist any more"
            properties["RetentionPeriodHours"] = summary.get("RetentionPeriodHours") or unseen(why)
            if summary:
                # A stream whose answer names no size has AWS's own.
                del properties[open_property]
                properties |= {key: summary[key] for key in (open_property,) if summary.get(key)}
        stream = tree.add(name, kind, properties, arn, evidence.places.get(id(summary)))
        stream.judged = False
        tree.stack.unseen["policy", stream.logical_id] = "policies of streams are not looked at"


def _policy(tree: Tree, text: Any, name: str, kind: str, properties: dict[str, Any]) -> None:
    document = _parsed(text)
    if isinstance(document, dict):
        tree.add(name, kind, {**properties, "PolicyDocument": document}, None, None)


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) and text else text
    except ValueError:
        return None


def _alarms(evidence: Evidence, tree: Tree) -> None:
    kind = "AWS::CloudWatch::Alarm"
    for item in evidence.items("cloudwatch.DescribeAlarms", "MetricAlarms"):
        # Alarms on other things count only as a sign that the account is watched at all.
        fields = _ALARM_FIELDS if _watches_lambda(item) else ("Namespace", "MetricName")
        properties = {key: item[key] for key in fields if item.get(key) not in (None, [])}
        name = item.get("AlarmName", "alarm")
        tree.add(name, kind, properties, item.get("AlarmArn"), evidence.places.get(id(item)))
    why = evidence.why_not("cloudwatch.DescribeAlarms")
    if why is not None:
        tree.stack.unseen[kind, None] = why


def _watches_lambda(item: dict[str, Any]) -> bool:
    return item.get("Namespace") == "AWS/Lambda" or bool(item.get("Metrics"))


def _log_groups(evidence: Evidence, tree: Tree, functions: dict[str, Resource]) -> None:
    kind = "AWS::Logs::LogGroup"
    wanted = {f"/aws/lambda/{name}" for name in functions} | {
        node.text for function in functions.values() if isinstance(node := _log_group(function), Scalar)
    }
    why: str | None = None
    seen: set[str] = set()
    for prefix, _ in evidence.all("logs.DescribeLogGroups"):
        why = why or evidence.why_not("logs.DescribeLogGroups", prefix)
        for item in evidence.items("logs.DescribeLogGroups", "logGroups", prefix):
            name = item.get("logGroupName", "")
            if name in seen or name not in wanted:
                continue
            seen.add(name)
            properties: dict[str, Any] = {"LogGroupName": name}
            if item.get("retentionInDays") is not None:
                properties["RetentionInDays"] = item["retentionInDays"]
            arn = evidence.pair.arn("logs", f"log-group:{name}")
            tree.add(name, kind, properties, arn, evidence.places.get(id(item)))
    prefixes = tuple(prefix for prefix, _ in evidence.all("logs.DescribeLogGroups"))
    if not prefixes:
        why = evidence.why_not("logs.DescribeLogGroups")
    for name, function in functions.items():
        node = _log_group(function)
        group = node.text if isinstance(node, Scalar) else f"/aws/lambda/{name}"
        if not group.startswith(prefixes):
            tree.stack.unseen[kind, function.logical_id] = "its log group was not looked at"
    if why is not None:
        tree.stack.unseen[kind, None] = why


def _log_group(function: Resource) -> Any:
    logging = function.properties.get("LoggingConfig")
    return logging.get("LogGroup") if isinstance(logging, Mapping) else None


def _schedules(evidence: Evidence, tree: Tree) -> None:
    for item in evidence.items("scheduler.ListSchedules", "Schedules"):
        target = (item.get("Target") or {}).get("Arn", "")
        if ":function:" in target:
            properties = {"Name": item.get("Name"), "Target": {"Arn": target}, "State": item.get("State")}
            arn = item.get("Arn")
            name = str(item.get("Name") or "schedule")
            tree.add(name, "AWS::Scheduler::Schedule", properties, arn, evidence.places.get(id(item)))


def _scaling(evidence: Evidence, tree: Tree) -> None:
    kind = "AWS::ApplicationAutoScaling::ScalableTarget"
    for item in evidence.items("application-autoscaling.DescribeScalableTargets", "ScalableTargets"):
        resource_id = item.get("ResourceId", "")
        tree.add(f"scaling of {resource_id}", kind, {"ResourceId": resource_id}, None, evidence.places.get(id(item)))
    why = evidence.why_not("application-autoscaling.DescribeScalableTargets")
    if why is not None:
        tree.stack.unseen[kind, None] = why


def _subnets(evidence: Evidence, tree: Tree, functions: dict[str, Resource]) -> None:
    """Subnets with their zones. The functions then refer to them, as templates do."""
    zones = {
        item["SubnetId"]: item.get("AvailabilityZoneId") or item.get("AvailabilityZone")
        for item in evidence.items("ec2.DescribeSubnets", "Subnets")
        if "SubnetId" in item
    }
    names: dict[str, str] = {}
    for function in functions.values():
        network = function.properties.get("VpcConfig")
        listed = network.get("SubnetIds") if isinstance(network, Mapping) else None
        if not isinstance(network, Mapping) or not isinstance(listed, Sequence):
            continue
        ids = [item.text for item in listed if isinstance(item, Scalar)]
        if not all(zones.get(name) for name in ids):
            continue
        for name in _missing(ids, names):
            properties = {"AvailabilityZone": zones[name]}
            arn = evidence.pair.arn("ec2", f"subnet/{name}")
            names[name] = tree.add(name, "AWS::EC2::Subnet", properties, arn, None).logical_id
        listed.items = [make({"Ref": names[name]}, item) for name, item in zip(ids, listed.items, strict=True)]


def _missing(ids: Iterable[str], names: dict[str, str]) -> list[str]:
    return [name for name in dict.fromkeys(ids) if name not in names]
