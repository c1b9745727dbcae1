"""Queues and streams, which Lambda polls: they become event source mappings.

https://www.serverless.com/framework/docs/providers/aws/events/sqs
https://www.serverless.com/framework/docs/providers/aws/events/streams
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, given, intrinsic, plain_map, ref, text_of
from lambdalint.load.serverless.naming import alphanumeric, normalized, upper_first
from lambdalint.load.serverless.service import Cause, Event, Function, Service, events_of, join, listed, truthy
from lambdalint.load.serverless.texts import json_text, last_part, reference_name
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.load.stack import FRAMEWORK_DEFAULT
from lambdalint.source.node import Node, Scalar

_KIND = "AWS::Lambda::EventSourceMapping"
#: The framework's own, for queues and streams alike; Lambda's default for streams is 100.
_BATCH_SIZE = 10
_RENAMED = {
    "AmazonManagedKafkaEventSourceConfig": "consumerGroupId",
    "BatchSize": "batchSize",
    "BisectBatchOnFunctionError": "bisectBatchOnFunctionError",
    "DestinationConfig": "destinations",
    "Enabled": "enabled",
    "EventSourceArn": "arn",
    "FilterCriteria": "filterPatterns",
    "FunctionResponseTypes": "functionResponseType",
    "MaximumBatchingWindowInSeconds": "maximumBatchingWindow",
    "MaximumRecordAgeInSeconds": "maximumRecordAgeInSeconds",
    "MaximumRetryAttempts": "maximumRetryAttempts",
    "ParallelizationFactor": "parallelizationFactor",
    "ProvisionedPollerConfig": "provisionedPollerConfig",
    "Queues": "queue",
    "ScalingConfig": "maximumConcurrency",
    "StartingPosition": "startingPosition",
    "StartingPositionTimestamp": "startingPositionTimestamp",
    "Topics": "topic",
    "TumblingWindowInSeconds": "tumblingWindowInSeconds",
}


def add_mapping(
    service: Service, function: Function, event: Event, logical_id: str, value: dict[str, Part], via: str
) -> None:
    """Add an event source mapping; ``via`` tells the model what is polled where the ARN does not."""
    cause = Cause(event.cause.origin, f"{via} event of {function.name}")
    names = _RENAMED if via != "Kinesis" and via != "DynamoDB" else _STREAM_RENAMED
    whole: dict[str, Part] = {"FunctionName": function.arn, **value}
    service.add(logical_id, _KIND, whole, cause, event.settings, names, function)


_STREAM_RENAMED = {**_RENAMED, "MaximumBatchingWindowInSeconds": "batchWindow"}


def default(event: Event, value: int | str | bool) -> Node:
    """A setting that the framework fills in."""
    return build(value, event.cause.origin, FRAMEWORK_DEFAULT)


def filters(event: Event) -> Part:
    """``FilterCriteria`` of an event's patterns."""
    patterns = event.get("filterPatterns")
    if patterns is None:
        return None
    if intrinsic(patterns) is not None:
        return patterns
    return build({"Filters": [{"Pattern": json_text(item)} for item in listed(patterns)]}, patterns, event.cause.via)


def one(node: Node | None) -> Part:
    """A list of one value that is written alone."""
    return None if node is None else build([node], node, node.via)


# --- queues -----------------------------------------------------------------------------------------------------------


def lower_sqs(service: Service) -> None:
    """SQS queues; the shared role may receive from all of them."""
    queues: list[Part] = []
    place: Cause | None = None
    for function, event in events_of(service, "sqs"):
        arn = event.value if event.settings is None else event.get("arn")
        if arn is None:
            _nameless(service, function, event)
            continue
        enabled = event.get("enabled")
        response, limit = event.get("functionResponseType"), truthy(event.get("maximumConcurrency"))
        value: dict[str, Part] = {
            "EventSourceArn": arn,
            "BatchSize": truthy(event.get("batchSize")) or default(event, _BATCH_SIZE),
            "Enabled": enabled if enabled is not None else default(event, True),
            "MaximumBatchingWindowInSeconds": event.get("maximumBatchingWindow"),
            "FunctionResponseTypes": one(response),
            "FilterCriteria": filters(event),
            "ScalingConfig": None if limit is None else build({"MaximumConcurrency": limit}, limit),
        }
        name = reference_name(arn) or last_part(arn, ":")
        add_mapping(
            service, function, event, f"{function.prefix}EventSourceMappingSQS{alphanumeric(name)}", value, "SQS"
        )
        queues.append(arn)
        place = place or event.cause
    if place is not None:
        actions: list[Part] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        service.allow(actions, queues, place.origin, place.via)


def _nameless(service: Service, function: Function, event: Event) -> None:
    why = "it does not say what is polled, so it is not looked at; write its arn"
    service.gap(f"{event.kind} event of {function.name}", why, event.cause.origin)


# --- streams ----------------------------------------------------------------------------------------------------------

_READ_DYNAMODB: list[Part] = [
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:DescribeStream",
    "dynamodb:ListStreams",
]
_READ_KINESIS: list[Part] = [
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:DescribeStream",
    "kinesis:ListStreams",
]
_READ_SHARED: list[Part] = [
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:DescribeStreamSummary",
    "kinesis:ListShards",
]
_SUBSCRIBE: list[Part] = ["kinesis:SubscribeToShard"]
_TO_TOPIC: list[Part] = ["sns:Publish"]
_TO_QUEUE: list[Part] = ["sqs:ListQueues", "sqs:SendMessage"]


def lower_stream(service: Service) -> None:
    """DynamoDB and Kinesis streams."""
    for function in service.functions.values():
        grants: dict[str, tuple[list[Part], list[Part]]] = {
            "dynamodb": (_READ_DYNAMODB, []),
            "kinesis": (_READ_KINESIS, []),
            "shared": (_READ_SHARED, []),
            "consumer": (_SUBSCRIBE, []),
            "sns": (_TO_TOPIC, []),
            "sqs": (_TO_QUEUE, []),
        }
        place: Cause | None = None
        for event in function.events:
            if event.kind == "stream" and truthy(event.value) is not None:
                _stream(service, function, event, {name: arns for name, (_, arns) in grants.items()})
                place = place or event.cause
        if place is not None:
            for actions, arns in grants.values():
                if arns:
                    service.allow(list(actions), arns, place.origin, place.via)


def _stream(service: Service, function: Function, event: Event, grants: dict[str, list[Part]]) -> None:
    arn = event.value if event.settings is None else event.get("arn")
    if arn is None:
        _nameless(service, function, event)
        return
    parts = (text_with_unknowns(arn) or "").split(":")
    kind = text_of(event.get("type")) or (parts[2] if len(parts) > 2 else "")
    name = reference_name(arn) or [*(text_with_unknowns(arn) or "").split("/"), ""][1]
    consumer = truthy(event.get("consumer"))
    reading = "dynamodb" if kind == "dynamodb" else "kinesis" if consumer is None else "shared"
    grants[reading].append(arn)
    enabled = event.get("enabled")
    value: dict[str, Part] = {
        "EventSourceArn": arn,
        "BatchSize": truthy(event.get("batchSize")) or default(event, _BATCH_SIZE),
        "Enabled": enabled if enabled is not None else default(event, True),
        "ParallelizationFactor": truthy(event.get("parallelizationFactor")),
        "StartingPosition": truthy(event.get("startingPosition")) or default(event, "TRIM_HORIZON"),
        "MaximumBatchingWindowInSeconds": event.get("batchWindow"),
        "MaximumRetryAttempts": event.get("maximumRetryAttempts"),
        "BisectBatchOnFunctionError": event.get("bisectBatchOnFunctionError"),
        "FunctionResponseTypes": one(event.get("functionResponseType")),
        "MaximumRecordAgeInSeconds": truthy(event.get("maximumRecordAgeInSeconds")),
        "TumblingWindowInSeconds": event.get("tumblingWindowInSeconds"),
        "DestinationConfig": _on_failure(event, grants),
        "FilterCriteria": filters(event),
    }
    if consumer is not None and kind == "kinesis":
        value["EventSourceArn"] = _consumer(service, function, event, arn, name, consumer, grants)
        value["StartingPositionTimestamp"] = truthy(event.get("startingPositionTimestamp"))
    logical_id = f"{function.prefix}EventSourceMapping{upper_first(kind)}{alphanumeric(name)}"
    add_mapping(service, function, event, logical_id, value, "DynamoDB" if kind == "dynamodb" else "Kinesis")


def _on_failure(event: Event, grants: dict[str, list[Part]]) -> Part:
    written = event.get("destinations", "onFailure")
    if written is None:
        return event.get("destinations") if intrinsic(event.get("destinations")) is not None else None
    settings = plain_map(written)
    text = text_with_unknowns(written)
    arn = given(settings.get("arn")) if settings is not None and text is None else written
    kind = text_of(settings.get("type")) if settings is not None and text is None else None
    if kind is None:
        kind = [*(text_with_unknowns(arn) or "").split(":"), "", ""][2]
    if arn is not None:
        grants["sns" if kind == "sns" else "sqs"].append(arn)
    return build({"OnFailure": {"Destination": arn}}, written, event.cause.via)


def _consumer(
    service: Service,
    function: Function,
    event: Event,
    arn: Part,
    name: str,
    consumer: Node,
    grants: dict[str, list[Part]],
) -> Part:
    """What a Kinesis stream's enhanced fan-out reads through: a consumer that is named, or one that is made."""
    if not (isinstance(consumer, Scalar) and consumer.text == "true"):
        grants["consumer"].append(consumer)
        return consumer
    made: Part = f"{function.name}{name}Consumer"
    if truthy(service.setting("kinesis", "consumerNamingMode")) is not None:
        made = join(f"{function.name}{name}", service.name, service.stage, "Consumer")
    logical_id = f"{normalized(made if isinstance(made, str) else function.name + name)}StreamConsumer"
    value: dict[str, Part] = {"StreamARN": arn, "ConsumerName": made}
    service.add(logical_id, "AWS::Kinesis::StreamConsumer", value, event.cause, function=function)
    grants["consumer"].append(build(ref(logical_id), event.cause.origin, event.cause.via))
    return ref(logical_id)


STEPS = {"sqs": lower_sqs, "stream": lower_stream}
