"""``serverless-lift``: constructs, with the functions, permissions and resources that they bring with them.

Queues, webhooks, storage, single tables and a VPC are understood; websites are named as gaps.
https://github.com/getlift/lift (as of 1.37.7)
"""

from __future__ import annotations

from lambdalint.load.nodes import (
    Part,
    build,
    build_map,
    child,
    flag,
    get_att,
    given,
    plain_map,
    ref,
    text_of,
    with_items,
)
from lambdalint.load.serverless.declared import read_function
from lambdalint.load.serverless.lift_names import construct_id
from lambdalint.load.serverless.service import Cause, Event, Service, is_true, join
from lambdalint.load.serverless.unknown import is_unknown, text_with_unknowns, unknown
from lambdalint.load.stack import FRAMEWORK_DEFAULT, Resource
from lambdalint.record import record
from lambdalint.source.node import Mapping, Node

#: Seconds; the framework's own default, whatever the provider says.
_TIMEOUT = 6
_VISIBILITY_FACTOR = 6
_RETRIES = 3
_FOURTEEN_DAYS = 1_209_600
_MAY_BE_THERE = ("AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission", "AWS::SQS::Queue", "policy")
_RENAMED_EVENT = {
    "batchSize": "batchSize",
    "maximumBatchingWindow": "maxBatchingWindow",
    "maximumConcurrency": "maxConcurrency",
}


@record
class Construct:
    """One entry of ``constructs``."""

    name: str
    settings: Mapping
    cause: Cause

    def id(self, *path: str) -> str:
        """The logical id of a resource in it."""
        return construct_id(self.name, *path)

    def get(self, name: str) -> Node | None:
        """A setting; None where it is absent or null."""
        return given(self.settings.get(name))


def add_constructs(service: Service) -> None:
    """Add the constructs of a service; before its role is decided and its functions are lowered."""
    written = service.top("constructs")
    if not isinstance(written, Mapping) or is_unknown(written):
        if written is not None:
            _lose(service, "constructs", written)
        return
    statements: list[Part] = []
    for name, node in written.items.items():
        settings = plain_map(node)
        if settings is None or is_unknown(node):
            _lose(service, f"construct {name}", node)
            continue
        construct = Construct(name, settings, Cause(written.key(name), f"construct {name}"))
        statements += [build(item, construct.cause.origin, construct.cause.via) for item in _add(service, construct)]
    if flag(service.top("lift", "automaticPermissions")) is not False:
        service.plugin_statements += statements


def _lose(service: Service, what: str, node: Node) -> None:
    service.lost(what, node, "the settings are not known, so what it makes is not looked at")
    for kind in _MAY_BE_THERE:
        service.stack.unseen.setdefault((kind, None), "some constructs of serverless-lift are not known")


def _add(service: Service, construct: Construct) -> list[Part]:
    """Add one construct; the statements that it adds to the execution role."""
    kind = text_of(construct.get("type"))
    match kind:
        case "queue":
            return _add_queue(service, construct)
        case "vpc":
            from lambdalint.load.serverless.lift_network import add_vpc

            add_vpc(service, construct)
        case "webhook":
            from lambdalint.load.serverless.lift_resources import add_webhook

            add_webhook(service, construct)
        case "storage" | "database/dynamodb-single-table":
            from lambdalint.load.serverless.lift_resources import add_storage, add_table

            return (add_storage if kind == "storage" else add_table)(service, construct)
        case _:
            why = "what it makes is not looked at; run `serverless package` and check .serverless"
            service.gap(f"construct {construct.name} of type {kind}", why, construct.cause.origin)
    return []


def add_resource(
    service: Service, construct: Construct, path: tuple[str, ...], kind: str, value: dict[str, Part]
) -> Resource:
    """Add a resource of a construct."""
    return service.add(construct.id(*path), kind, value, construct.cause)


def extend(service: Service, construct: Construct, key: str, resource: Resource) -> None:
    """Put what ``extensions`` says over a resource: maps merge, everything else is replaced."""
    written = child(construct.settings, "extensions", key, "Properties")
    if isinstance(written, Mapping):
        merged = _merged(resource.properties, written)
        assert isinstance(merged, Mapping)
        resource.properties = merged


def _merged(below: Node | None, above: Node) -> Node:
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    made = with_items(below, {key: _merged(below.items.get(key), value) for key, value in above.items.items()})
    made.keys = {**below.keys, **above.keys}
    return made


def stack_name(service: Service, suffix: str) -> Part:
    """A name that begins with that of the stack."""
    own = service.setting("stackName")
    return join(own if own is not None else service.prefix, suffix)


def add_function(service: Service, construct: Construct, name: str, key: str) -> None:
    """Add the function that a construct declares under ``key``."""
    settings = construct.get(key)
    if isinstance(settings, Mapping) and not is_unknown(settings):
        service.functions[name] = read_function(service, name, settings, construct.settings.key(key))
    elif settings is not None:
        service.lost(f"function {name}", settings, "its settings are not known, so it is not looked at")


# --- queues -----------------------------------------------------------------------------------------------------------


def _number(node: Node | None, default: int) -> int | None:
    """A written number; None where it is not known."""
    if node is None:
        return default
    text = text_of(node) or ""
    return int(text) if text.isdecimal() else None


def _add_queue(service: Service, construct: Construct) -> list[Part]:
    origin, name = construct.cause.origin, construct.name
    worker = construct.get("worker")
    shared = text_with_unknowns(worker)
    worker_name = shared if shared is not None else f"{name}Worker"
    if shared is None:
        add_function(service, construct, worker_name, "worker")
    function = service.functions.get(worker_name)
    timeout = _number(function.get("timeout") if function is not None else None, _TIMEOUT)
    window = _number(construct.get("maxBatchingWindow"), 0)
    visibility: Part = unknown(origin, "its visibility timeout", "follows a timeout that is not known")
    if timeout is not None and window is not None:
        visibility = timeout * _VISIBILITY_FACTOR + window
    fifo = is_true(construct.get("fifo"))
    end = ".fifo" if fifo else ""
    common: dict[str, Part] = {"FifoQueue": construct.get("fifo") if fifo else None}
    match text_of(construct.get("encryption")):
        case "kmsManaged":
            common["KmsMasterKeyId"] = "alias/aws/sqs"
        case "kms":
            key = text_of(construct.get("encryptionKey")) or "Key"
            why = "is a key that the construct makes"
            common["KmsMasterKeyId"] = unknown(construct.settings, construct.id(key, "Resource"), why)
    dead: dict[str, Part] = {
        "QueueName": stack_name(service, f"-{name}-dlq{end}"),
        "MessageRetentionPeriod": _FOURTEEN_DAYS,
        **common,
    }
    letters = add_resource(service, construct, ("Dlq", "Resource"), "AWS::SQS::Queue", dead)
    redrive: Part = {
        "deadLetterTargetArn": get_att(letters.logical_id, "Arn"),
        "maxReceiveCount": construct.get("maxRetries") or _RETRIES,
    }
    live: dict[str, Part] = {
        "QueueName": stack_name(service, f"-{name}{end}"),
        "VisibilityTimeout": visibility,
        "RedrivePolicy": redrive,
        "DelaySeconds": construct.get("delay"),
        "ContentBasedDeduplication": common["FifoQueue"],
        **common,
    }
    queue = add_resource(service, construct, ("Queue", "Resource"), "AWS::SQS::Queue", live)
    extend(service, construct, "dlq", letters)
    extend(service, construct, "queue", queue)
    _add_alarm(service, construct, letters.logical_id)
    if function is not None:
        function.events.append(_event(construct, queue.logical_id, len(function.events) + 1, worker_name))
    elif shared is not None:
        service.gap(f"worker of {construct.name}", "there is no such function; correct its name", worker or origin)
    arn: Part = [get_att(queue.logical_id, "Arn")]
    return [{"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:ChangeMessageVisibility"], "Resource": arn}]


def _event(construct: Construct, queue: str, index: int, worker: str) -> Event:
    """The event through which the worker polls the queue."""
    origin, via = construct.cause.origin, construct.cause.via
    value: dict[str, Part] = {
        "arn": build(get_att(queue, "Arn"), origin, via),
        "batchSize": construct.get("batchSize") or build(1, origin, FRAMEWORK_DEFAULT),
        "maximumBatchingWindow": construct.get("maxBatchingWindow") or build(0, origin, FRAMEWORK_DEFAULT),
        "maximumConcurrency": construct.get("maxConcurrency"),
        "functionResponseType": "ReportBatchItemFailures",
    }
    made = build_map(value, origin, via)
    keys = construct.settings.keys
    made.keys = {new: keys[old] for new, old in _RENAMED_EVENT.items() if old in keys and new in made.items}
    return Event("sqs", made, index, Cause(origin, f"sqs event of {worker}"))


def _add_alarm(service: Service, construct: Construct, letters: str) -> None:
    """The alarm on messages in the dead-letter queue, and the topic that tells of it by mail."""
    address = construct.get("alarm")
    if address is None:
        return
    told: dict[str, Part] = {
        "TopicName": stack_name(service, f"-{construct.name}-dlq-alarm-topic"),
        "DisplayName": f"[Alert][{construct.name}] failed jobs in the DLQ."[:100],
    }
    topic = add_resource(service, construct, ("AlarmTopic", "Resource"), "AWS::SNS::Topic", told).logical_id
    subscription: dict[str, Part] = {"Endpoint": address, "Protocol": "email", "TopicArn": ref(topic)}
    path = ("AlarmTopicSubscription", "Resource")
    add_resource(service, construct, path, "AWS::SNS::Subscription", subscription)
    value: dict[str, Part] = {
        "AlarmName": stack_name(service, f"-{construct.name}-dlq-alarm"),
        "AlarmDescription": "Alert triggered when there are failed jobs in the dead letter queue.",
        "AlarmActions": [ref(topic)],
        "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "QueueName", "Value": get_att(letters, "QueueName")}],
        "EvaluationPeriods": 1,
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Namespace": "AWS/SQS",
        "Period": 60,
        "Statistic": "Sum",
        "Threshold": 0,
        "TreatMissingData": "notBreaching",
    }
    alarm = add_resource(service, construct, ("Alarm", "Resource"), "AWS::CloudWatch::Alarm", value)
    extend(service, construct, "alarm", alarm)
