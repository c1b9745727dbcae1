"""Events of Kafka clusters and message brokers.

https://www.serverless.com/framework/docs/providers/aws/events/msk
https://www.serverless.com/framework/docs/providers/aws/events/kafka
https://www.serverless.com/framework/docs/providers/aws/events/activemq
"""

from __future__ import annotations

from collections.abc import Callable

from lambdalint.load.nodes import Part, build, given, plain_map, text_of
from lambdalint.load.serverless.naming import alphanumeric
from lambdalint.load.serverless.polled import add_mapping, default, filters, one
from lambdalint.load.serverless.service import Cause, Event, Function, Service, events_of, listed, truthy
from lambdalint.load.serverless.texts import reference_name
from lambdalint.load.serverless.unknown import concat, text_with_unknowns
from lambdalint.source.node import Mapping, Node

_NETWORK: list[Part] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
]


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
                "StartingPosition": truthy(event.get("startingPosition")) or default(event, "TRIM_HORIZON"),
                "StartingPositionTimestamp": event.get("startingPositionTimestamp"),
                "Topics": one(topic),
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
        add_mapping(service, function, event, name, value, "MSK")
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
        "FilterCriteria": filters(event),
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
            "StartingPosition": truthy(event.get("startingPosition")) or default(event, "TRIM_HORIZON"),
            "StartingPositionTimestamp": event.get("startingPositionTimestamp"),
            "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": event.get("bootstrapServers")}},
            "Topics": one(topic),
            "SourceAccessConfigurations": access,
            "SelfManagedKafkaEventSourceConfig": None if group is None else build({"ConsumerGroupId": group}, group),
            "DestinationConfig": None if target is None else build({"OnFailure": {"Destination": target}}, target),
            "ProvisionedPollerConfig": _pollers(event),
        }
    )
    name = f"{function.prefix}EventSourceMappingKafka{alphanumeric(text_of(topic) or '')[:158]}"
    add_mapping(service, function, event, name, value, "SelfManagedKafka")


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
    value.update({"EventSourceArn": event.get("arn"), "Queues": one(queue), "SourceAccessConfigurations": access})
    name = f"{function.prefix}EventSourceMapping{label}{alphanumeric(text_of(queue) or '')[:150]}"
    add_mapping(service, function, event, name, value, "MQ")


STEPS: dict[str, Callable[[Service], None]] = {
    "msk": lower_msk,
    "kafka": lower_kafka,
    "activemq": _lower_broker("activemq", "ActiveMQ"),
    "rabbitmq": _lower_broker("rabbitmq", "RabbitMQ"),
}
