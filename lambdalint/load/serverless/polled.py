"""Events that Lambda polls: queues, streams, Kafka and message brokers become event source mappings.

https://www.serverless.com/framework/docs/providers/aws/events/sqs
https://www.serverless.com/framework/docs/providers/aws/events/streams
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lambdalint.load.nodes import Part, build, given, intrinsic, plain_map, ref, text_of
from lambdalint.load.serverless.naming import alphanumeric, normalized, upper_first
from lambdalint.load.serverless.service import Cause, Event, Function, Service, join, listed, truthy
from lambdalint.load.serverless.texts import json_text, last_part, reference_name
from lambdalint.load.serverless.unknown import concat, text_with_unknowns
from lambdalint.load.stack import FRAMEWORK_DEFAULT
from lambdalint.source.node import Mapping, Node, Scalar

_KIND = "AWS::Lambda::EventSourceMapping"
#: The framework's own, for queues and streams alike; Lambda's default for streams is 100.
_BATCH_SIZE = 10
_NETWORK: list[Part] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
]
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


def events_of(service: Service, kind: str) -> Iterator[tuple[Function, Event]]:
    """Every event of a kind with its function."""
    for function in service.functions.values():
        for event in function.events:
            if event.kind == kind and truthy(event.value) is not None:
                yield function, event


def _add(
    service: Service, function: Function, event: Event, logical_id: str, value: dict[str, Part], via: str
) -> None:
    cause = Cause(event.cause.origin, f"{via} event of {function.name}")
    names = _RENAMED if via != "Kinesis" and via != "DynamoDB" else _STREAM_RENAMED
    whole: dict[str, Part] = {"FunctionName": function.arn, **value}
    service.add(logical_id, _KIND, whole, cause, event.settings, names, function)


_STREAM_RENAMED = {**_RENAMED, "MaximumBatchingWindowInSeconds": "batchWindow"}


def _default(event: Event, value: int | str | bool) -> Node:
    return build(value, event.cause.origin, FRAMEWORK_DEFAULT)


def _filters(event: Event) -> Part:
    patterns = event.get("filterPatterns")
    if patterns is None:
        return None
    if intrinsic(patterns) is not None:
        return patterns
    return build({"Filters": [{"Pattern": json_text(item)} for item in listed(patterns)]}, patterns, event.cause.via)


def _one(node: Node | None) -> Part:
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
            "BatchSize": truthy(event.get("batchSize")) or _default(event, _BATCH_SIZE),
            "Enabled": enabled if enabled is not None else _default(event, True),
            "MaximumBatchingWindowInSeconds": event.get("maximumBatchingWindow"),
            "FunctionResponseTypes": _one(response),
            "FilterCriteria": _filters(event),
            "ScalingConfig": None if limit is None else build({"MaximumConcurrency": limit}, limit),
        }
        name = reference_name(arn) or last_part(arn, ":")
        _add(service, function, event, f"{function.prefix}EventSourceMappingSQS{alphanumeric(name)}", value, "SQS")
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
    name = reference_name(arn) or ((text_with_unknowns(arn) or "").split("/") + [""])[1]
    consumer = truthy(event.get("consumer"))
    reading = "dynamodb" if kind == "dynamodb" else "kinesis" if consumer is None else "shared"
    grants[reading].append(arn)
    enabled = event.get("enabled")
    value: dict[str, Part] = {
        "EventSourceArn": arn,
        "BatchSize": truthy(event.get("batchSize")) or _default(event, _BATCH_SIZE),
        "Enabled": enabled if enabled is not None else _default(event, True),
        "ParallelizationFactor": truthy(event.get("parallelizationFactor")),
        "StartingPosition": truthy(event.get("startingPosition")) or _default(event, "TRIM_HORIZON"),
        "MaximumBatchingWindowInSeconds": event.get("batchWindow"),
        "MaximumRetryAttempts": event.get("maximumRetryAttempts"),
        "BisectBatchOnFunctionError": event.get("bisectBatchOnFunctionError"),
        "FunctionResponseTypes": _one(event.get("functionResponseType")),
        "MaximumRecordAgeInSeconds": truthy(event.get("maximumRecordAgeInSeconds")),
        "TumblingWindowInSeconds": event.get("tumblingWindowInSeconds"),
        "DestinationConfig": _on_failure(event, grants),
        "FilterCriteria": _filters(event),
    }
    if consumer is not None and kind == "kinesis":
        value["EventSourceArn"] = _consumer(service, function, event, arn, name, consumer, grants)
        value["StartingPositionTimestamp"] = truthy(event.get("startingPositionTimestamp"))
    logical_id = f"{function.prefix}EventSourceMapping{upper_first(kind)}{alphanumeric(name)}"
    _add(service, function, event, logical_id, value, "DynamoDB" if kind == "dynamodb" else "Kinesis")


def _on_failure(event: Event, grants: dict[str, list[Part]]) -> Part:
    written = event.get("destinations", "onFailure")
    if written is None:
        return event.get("destinations") if intrinsic(event.get("destinations")) is not None else None
    settings = plain_map(written)
    text = text_with_unknowns(written)
    arn = given(settings.get("arn")) if settings is not None and text is None else written
    kind = text_of(settings.get("type")) if settings is not None and text is None else None
    if kind is None:
        kind = ((text_with_unknowns(arn) or "").split(":") + ["", "", ""])[2]
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


# --- Kafka and message brokers ----------------------------------------------------------------------------------------


def lower_msk(service: Service) -> None:
    """Topics of a managed Kafka cluster."""
    clusters: dict[str, list[Part]] = {}
    for function, event in events_of(service, "msk"):
        arn, topic = event.get("arn"), event.get("topic")
        secret, group = event.get("saslScram512"), truthy(event.get("consumerGroupId"))
        value = _batching(event)
        value.update(
            {
                "EventSourceArn": arn,
                "StartingPosition": truthy(event.get("startingPosition")) or _default(event, "TRIM_HORIZON"),
                "StartingPositionTimestamp": event.get("startingPositionTimestamp"),
                "Topics": _one(topic),
                "ProvisionedPollerConfig": _pollers(event),
            }
        )
        if group is not None:
            value["AmazonManagedKafkaEventSourceConfig"] = build({"ConsumerGroupId": group}, group)
        if secret is not None:
            value["SourceAccessConfigurations"] = build([{"Type": "SASL_SCRAM_512_AUTH", "URI": secret}], secret)
        parts = (text_with_unknowns(arn) or "").split("/")
        cluster = alphanumeric(reference_name(arn) or (parts[1] if len(parts) > 1 else ""))[:79]
        name = f"{function.prefix}EventSourceMappingMSK{cluster}{alphanumeric(text_of(topic) or '')[:79]}"
        _add(service, function, event, name, value, "MSK")
        clusters.setdefault(function.name, []).append(arn)
    for name, arns in clusters.items():
        cause = _cause(service.functions[name], "msk")
        service.allow(["kafka:DescribeCluster", "kafka:GetBootstrapBrokers"], arns, cause.origin, cause.via)
        service.allow(_NETWORK, "*", cause.origin, cause.via)


def _cause(function: Function, kind: str) -> Cause:
    return next(event.cause for event in function.events if event.kind == kind)


def _batching(event: Event) -> dict[str, Part]:
    return {
        "BatchSize": truthy(event.get("batchSize")),
        "MaximumBatchingWindowInSeconds": truthy(event.get("maximumBatchingWindow")),
        "Enabled": event.get("enabled"),
        "FilterCriteria": _filters(event),
    }


def _pollers(event: Event) -> Part:
    written = plain_map(event.get("provisionedPollerConfig"))
    if written is None:
        return event.get("provisionedPollerConfig")
    names = {"MinimumPollers": "minimumPollers", "MaximumPollers": "maximumPollers"}
    return build({new: given(written.get(old)) for new, old in names.items()}, written)


#: Access configurations: (type, prefix of the value, what the role needs for it).
_ACCESS: dict[str, tuple[str, str, str]] = {
    "vpcSubnet": ("VPC_SUBNET", "subnet:", "network"),
    "vpcSecurityGroup": ("VPC_SECURITY_GROUP", "security_group:", "network"),
    "saslPlainAuth": ("BASIC_AUTH", "", "secret"),
    "saslScram256Auth": ("SASL_SCRAM_256_AUTH", "", "secret"),
    "saslScram512Auth": ("SASL_SCRAM_512_AUTH", "", "secret"),
    "clientCertificateTlsAuth": ("CLIENT_CERTIFICATE_TLS_AUTH", "", "secret"),
    "serverRootCaCertificate": ("SERVER_ROOT_CA_CERTIFICATE", "", "secret"),
}


def lower_kafka(service: Service) -> None:
    """Topics of a self-managed Kafka cluster."""
    for function in service.functions.values():
        secrets: list[Part] = []
        in_network = False
        found = [event for event in function.events if event.kind == "kafka" and isinstance(event.value, Mapping)]
        for event in found:
            access: list[Part] = []
            for name, written in _entries(event.get("accessConfigurations")):
                kind, prefix, need = _ACCESS.get(name, (name, "", ""))
                in_network = in_network or need == "network"
                for item in listed(written):
                    access.append({"Type": kind, "URI": concat(prefix, item)})
                    secrets += [item] if need == "secret" else []
            _kafka(service, function, event, access)
        if secrets:
            cause = found[0].cause
            service.allow(["secretsmanager:GetSecretValue"], secrets, cause.origin, cause.via)
        if in_network:
            service.allow(_NETWORK, "*", found[0].cause.origin, found[0].cause.via)


def _entries(node: Node | None) -> list[tuple[str, Node]]:
    return [(key, value) for key, value in node.items.items()] if isinstance(node, Mapping) else []


def _kafka(service: Service, function: Function, event: Event, access: list[Part]) -> None:
    topic, group = event.get("topic"), truthy(event.get("consumerGroupId"))
    target = truthy(event.get("onFailureDestination"))
    value = _batching(event)
    value.update(
        {
            "StartingPosition": truthy(event.get("startingPosition")) or _default(event, "TRIM_HORIZON"),
            "StartingPositionTimestamp": event.get("startingPositionTimestamp"),
            "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": event.get("bootstrapServers")}},
            "Topics": _one(topic),
            "SourceAccessConfigurations": access,
            "SelfManagedKafkaEventSourceConfig": None if group is None else build({"ConsumerGroupId": group}, group),
            "DestinationConfig": None if target is None else build({"OnFailure": {"Destination": target}}, target),
            "ProvisionedPollerConfig": _pollers(event),
        }
    )
    name = f"{function.prefix}EventSourceMappingKafka{alphanumeric(text_of(topic) or '')[:158]}"
    _add(service, function, event, name, value, "SelfManagedKafka")


def _lower_broker(kind: str, label: str) -> Callable[[Service], None]:
    def lower(service: Service) -> None:
        for function in service.functions.values():
            brokers: list[Part] = []
            secrets: list[Part] = []
            for event in function.events:
                if event.kind == kind and isinstance(event.value, Mapping):
                    _broker(service, function, event, label)
                    brokers.append(event.get("arn"))
                    secrets.append(event.get("basicAuthArn"))
            if brokers:
                cause = _cause(function, kind)
                service.allow(["secretsmanager:GetSecretValue"], secrets, cause.origin, cause.via)
                service.allow(["mq:DescribeBroker"], brokers, cause.origin, cause.via)
                service.allow(_NETWORK, "*", cause.origin, cause.via)

    return lower


def _broker(service: Service, function: Function, event: Event, label: str) -> None:
    queue, host = event.get("queue"), truthy(event.get("virtualHost"))
    access: list[Part] = [{"Type": "BASIC_AUTH", "URI": event.get("basicAuthArn")}]
    if host is not None:
        access.append({"Type": "VIRTUAL_HOST", "URI": host})
    value = _batching(event)
    value.update({"EventSourceArn": event.get("arn"), "Queues": _one(queue), "SourceAccessConfigurations": access})
    name = f"{function.prefix}EventSourceMapping{label}{alphanumeric(text_of(queue) or '')[:150]}"
    _add(service, function, event, name, value, "MQ")


lower_activemq = _lower_broker("activemq", "ActiveMQ")
lower_rabbitmq = _lower_broker("rabbitmq", "RabbitMQ")

