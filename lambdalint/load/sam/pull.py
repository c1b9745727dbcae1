"""Events that Lambda polls: queues, streams, Kafka, MQ and DocumentDB become event source mappings.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
"""

from __future__ import annotations

from typing import NamedTuple

from lambdalint.load.nodes import (
    Part,
    build,
    build_map,
    child,
    flag,
    given,
    intrinsic,
    is_null,
    pick,
    plain_map,
    sub,
    text_of,
)
from lambdalint.load.sam.lowering import Event, Invoked, Lowering, Unit
from lambdalint.load.sam.roles import allow, inline, kms_key, send_grant
from lambdalint.source.node import Mapping, Node, Sequence

_SERVICE_ROLE = "arn:aws:iam::aws:policy/service-role/"


class _Source(NamedTuple):
    """How a type of event names its source, and the managed policy that reading it needs."""

    property: str | None
    policy: str | None = None


SOURCES = {
    "SQS": _Source("Queue", "AWSLambdaSQSQueueExecutionRole"),
    "Kinesis": _Source("Stream", "AWSLambdaKinesisExecutionRole"),
    "DynamoDB": _Source("Stream", "AWSLambdaDynamoDBExecutionRole"),
    "MSK": _Source("Stream", "AWSLambdaMSKExecutionRole"),
    "MQ": _Source("Broker"),
    "DocumentDB": _Source("Cluster"),
    "SelfManagedKafka": _Source(None),
}

#: Properties that AWS::Lambda::EventSourceMapping calls by the same name.
_CARRIED = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "LoggingConfig",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "ProvisionedPollerConfig",
    "Queues",
    "ScalingConfig",
    "SourceAccessConfigurations",
    "StartingPosition",
    "StartingPositionTimestamp",
    "Topics",
    "TumblingWindowInSeconds",
)

_NETWORK: list[Part] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeVpcs",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
]


def lower_pull(lowering: Lowering, unit: Unit, event: Event, invoked: Invoked) -> None:
    """Add the event source mapping, and to the unit's grants what the execution role needs for it."""
    source = SOURCES[event.type]
    written = event.properties
    value: dict[str, Part] = {"FunctionName": invoked.name}
    value.update(pick(written, _CARRIED))
    if source.property is not None:
        value["EventSourceArn"] = event.get(source.property)
    value.update(_source_config(event))
    destination = event.get("DestinationConfig")
    if destination is not None:
        value["DestinationConfig"] = _on_failure(unit, event, destination)
    renamed = {"EventSourceArn": source.property} if source.property is not None else None
    kind = "AWS::Lambda::EventSourceMapping"
    lowering.generate(unit, event.logical_id, kind, value, event.cause, written, renamed=renamed)
    if source.policy is not None:
        unit.grants.managed.append(f"{_SERVICE_ROLE}{source.policy}")
    _grant(unit, event)


def _source_config(event: Event) -> dict[str, Part]:
    """The properties that depend on the kind of source."""
    match event.type:
        case "MSK":
            config = pick(event.properties, ("ConsumerGroupId", "SchemaRegistryConfig"))
            return {"AmazonManagedKafkaEventSourceConfig": config} if config else {}
        case "SelfManagedKafka":
            config = pick(event.properties, ("ConsumerGroupId", "SchemaRegistryConfig"))
            servers = event.get("KafkaBootstrapServers")
            made: dict[str, Part] = {"SelfManagedKafkaEventSourceConfig": config} if config else {}
            if servers is not None:
                made["SelfManagedEventSource"] = {"Endpoints": {"KafkaBootstrapServers": servers}}
            return made
        case "DocumentDB":
            config = pick(event.properties, ("DatabaseName", "CollectionName", "FullDocument"))
            return {"DocumentDBEventSourceConfig": config} if config else {}
    return {}


def _on_failure(unit: Unit, event: Event, written: Node) -> Node:
    """``DestinationConfig`` without SAM's ``Type``, which only says what the role may send to."""
    failure = plain_map(child(written, "OnFailure"))
    if failure is None or not isinstance(written, Mapping) or "Type" not in failure:
        return written
    target = given(failure.get("Destination"))
    kind = text_of(failure.get("Type"))
    if target is not None and kind is not None:
        grant = send_grant(event.logical_id, kind, target, failure, event.cause.via)
        if grant is not None:
            unit.grants.inline.append(grant)
    bare = build_map({"Destination": target}, failure, failure.via, failure)
    return build_map({**written.items, "OnFailure": bare}, written, written.via, written)


def _grant(unit: Unit, event: Event) -> None:
    name, version = "", False
    statements: list[Part] = []
    match event.type:
        case "MQ":
            name, statements = _mq(event)
        case "DocumentDB":
            name, statements = "SamAutoGeneratedDocumentDBPolicy", _document_db(event)
        case "SelfManagedKafka":
            name, statements, version = "SelfManagedKafkaExecutionRolePolicy", _kafka(event), True
        case "MSK":
            name, statements = "MSKExecutionRolePolicy", _msk(event)
    if statements:
        unit.grants.inline.append(build(inline(name, statements, version), event.properties, event.cause.via))


def _mq(event: Event) -> tuple[str, list[Part]]:
    statements = [_secret(uri) for uri in _access(event, ("BASIC_AUTH",))]
    broker = event.get("Broker")
    if broker is not None:
        statements.append(allow(["mq:DescribeBroker"], broker))
    key = event.get("SecretsManagerKmsKeyId")
    if key is not None:
        statements.append(allow("kms:Decrypt", kms_key(key)))
    if flag(event.get("DynamicPolicyName")) is True:
        return f"{event.logical_id}AMQPolicy", statements
    return "SamAutoGeneratedAMQPolicy", statements


def _document_db(event: Event) -> list[Part]:
    statements = [_secret(uri) for uri in _access(event, ("BASIC_AUTH",))]
    prefix = "arn:${AWS::Partition}:rds:${AWS::Region}:${AWS::AccountId}:"
    statements.append(allow(["rds:DescribeDBClusterParameters"], sub(f"{prefix}cluster-pg:*")))
    statements.append(allow(["rds:DescribeDBSubnetGroups"], sub(f"{prefix}subgrp:*")))
    cluster = event.get("Cluster")
    if cluster is not None:
        statements.append(allow(["rds:DescribeDBClusters"], cluster))
    statements.append(allow(_NETWORK, "*"))
    return statements + _decrypt(event)


def _kafka(event: Event) -> list[Part]:
    secrets = (
        "BASIC_AUTH",
        "SASL_SCRAM_256_AUTH",
        "SASL_SCRAM_512_AUTH",
        "CLIENT_CERTIFICATE_TLS_AUTH",
        "SERVER_ROOT_CA_CERTIFICATE",
    )
    statements = [_secret(uri) for uri in _access(event, secrets)]
    if _access(event, ("VPC_SUBNET", "VPC_SECURITY_GROUP")):
        statements.append(allow(_NETWORK, "*"))
    return statements + _decrypt(event) + _registry(event)


def _msk(event: Event) -> list[Part]:
    return [_secret(uri) for uri in _access(event, ("CLIENT_CERTIFICATE_TLS_AUTH",))] + _registry(event)


def _registry(event: Event) -> list[Part]:
    """Reading a schema registry: its secrets, and Glue's two actions where the registry is Glue's."""
    registry = plain_map(event.get("SchemaRegistryConfig"))
    if registry is None:
        return []
    statements: list[Part] = []
    configs = registry.get("AccessConfigs")
    for config in configs.items if isinstance(configs, Sequence) else []:
        uri = child(config, "URI")
        if uri is not None:
            statements.append(_secret(uri))
    uri = given(registry.get("SchemaRegistryURI"))
    arn = text_of(uri) or text_of(child(uri, "Fn::Sub"))
    if uri is not None and arn is not None and ":glue:" in arn:
        name = arn.rpartition("/")[2]
        schemas = sub(f"arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:schema/{name}/*")
        statements.append(allow(["glue:GetRegistry"], uri))
        statements.append(allow(["glue:GetSchemaVersion"], [schemas]))
    return statements


def _decrypt(event: Event) -> list[Part]:
    key = event.get("SecretsManagerKmsKeyId")
    return [] if key is None else [allow(["kms:Decrypt"], kms_key(key))]


def _secret(uri: Node) -> Part:
    return allow(["secretsmanager:GetSecretValue"], uri)


def _access(event: Event, kinds: tuple[str, ...]) -> list[Node]:
    """``URI`` of the source access configurations of these types."""
    configs = event.get("SourceAccessConfigurations")
    found: list[Node] = []
    for config in configs.items if isinstance(configs, Sequence) else []:
        if isinstance(config, Mapping) and intrinsic(config) is None and text_of(config.get("Type")) in kinds:
            uri = config.get("URI")
            if not is_null(uri) and uri is not None:
                found.append(uri)
    return found


__all__ = ["SOURCES", "lower_pull"]
