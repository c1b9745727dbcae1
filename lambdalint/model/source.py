"""What an event source mapping polls, and where failures go: queues, streams and other targets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from lambdalint.data import limits
from lambdalint.data.services import RESOURCE_TYPES, word_of
from lambdalint.load.intrinsics import Absent, Reference, Text
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element, known
from lambdalint.model.model import Beside, Model
from lambdalint.model.thing import Many, fact
from lambdalint.source.node import Mapping as MappingNode
from lambdalint.source.node import Node, Origin, Scalar
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.mapping import Mapping

#: ``maxReceiveCount`` in a text; AWS takes at most 1,000.
_COUNT = re.compile(r"[0-9]{1,9}")
#: ``deadLetterTargetArn`` in a redrive policy that is a text.
_DEAD_LETTERS = re.compile(r'"deadLetterTargetArn"\s*:\s*"([^"]+)"')

#: What generated a value -> source type, where the ARN itself does not tell.
_VIA = re.compile(r"\b(SQS|Kinesis|DynamoDB|MSK|MQ|SelfManagedKafka|DocumentDB) event\b")
_VIA_TYPES = {
    "SQS": "sqs",
    "Kinesis": "kinesis",
    "DynamoDB": "dynamodb",
    "MSK": "msk",
    "MQ": "mq",
    "SelfManagedKafka": "kafka",
    "DocumentDB": "documentdb",
}


def type_from_via(via: str | None) -> str | None:
    """The source type that a SAM event name tells."""
    match = _VIA.search(via or "")
    return _VIA_TYPES[match[1]] if match else None


class Source(Element):
    """A queue, stream, topic, bucket, bus or function that sends events or takes failures."""

    kind = "source"
    __slots__ = ("known_type",)

    def __init__(
        self, model: Model, resource: Resource | None, origin: Origin | None, label: str, known_type: str | None = None
    ) -> None:
        super().__init__(model, resource, origin, label)
        self.known_type = known_type

    @fact
    def type(self) -> Value[str]:
        """``sqs``, ``sns``, ``kinesis``, ``dynamodb``, ``s3``, ``events``, ``lambda``, ``msk``, ``kafka``, ``mq``
        or ``documentdb``."""
        row = RESOURCE_TYPES.get(self.resource.type) if self.resource is not None else None
        if row is not None and row.word is not None:
            return Default(row.word, self.origin)
        if self.known_type is not None:
            return Default(self.known_type, self.origin)
        return Unknown(f"it is not known what {self.label} is", self.origin)

    @fact
    def declared(self) -> bool:
        """Whether this template declares it."""
        return self.resource is not None

    @fact
    def fifo(self) -> Value[bool]:
        """Whether it is a FIFO queue or topic; the name of one that is declared elsewhere ends in ``.fifo``."""
        kind = known(self.type)
        if kind is not None and kind not in {"sqs", "sns"}:
            return Default(False, self.origin)
        if self.resource is None:
            if self.label.startswith("arn:") and not self.label.endswith("}"):
                return Default(self.label.endswith(".fifo"), self.origin)
            return Unknown(f"whether {self.label} is a FIFO queue is not known", self.origin)
        return self.boolean("FifoQueue" if _is(self, "AWS::SQS::Queue") else "FifoTopic", default=False)

    @fact
    def url(self) -> Value[str]:
        """The address of a queue that is deployed, by which the SQS API knows it.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
        """
        parts = (self.resource.arn or "").split(":") if self.resource is not None else []
        if len(parts) != 6 or parts[2] != "sqs":
            return Unknown(f"the address of {self.label} is known once it is deployed", self.origin)
        _, partition, _, region, account, name = parts
        domain = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        return Default(f"https://sqs.{region}.{domain}/{account}/{name}", self.origin)

    @fact
    def visibility_timeout(self) -> Value[int]:
        """Seconds that an SQS queue hides a message after it was received (default 30)."""
        return self.integer("VisibilityTimeout", default=limits.SQS_VISIBILITY_DEFAULT_SECONDS)

    @fact
    def retention(self) -> Value[int]:
        """Seconds that an SQS queue keeps a message (default 345,600: 4 days)."""
        return self.integer("MessageRetentionPeriod", default=limits.SQS_RETENTION_DEFAULT_SECONDS)

    def redrive(self) -> MappingNode | Absent | Unknown | dict[str, object]:
        """The redrive policy of an SQS queue: a map, or a JSON text."""
        found = self.find("RedrivePolicy")
        match found:
            case Scalar():
                try:
                    parsed = json.loads(found.text)
                except (ValueError, RecursionError):  # the text is a stranger's, and may nest without end
                    return Unknown("RedrivePolicy is not valid JSON", found)
                return parsed if isinstance(parsed, dict) else Unknown("RedrivePolicy is not a map", found)
            case MappingNode() | Absent() | Unknown():
                return found
            case Reference() | Text():
                return Unknown("RedrivePolicy is known only after deployment", found.origin)
            case _:
                return Unknown("RedrivePolicy is not a map", found)

    @fact
    def has_dead_letter_queue(self) -> Value[bool]:
        """Whether an SQS queue moves messages that keep failing to a dead-letter queue."""
        found = self.redrive()
        match found:
            case Unknown():
                return found
            case Absent():
                return Default(False, self.origin)
            case MappingNode():
                target = self.model.resolver.resolve(found.get("deadLetterTargetArn"))
                if isinstance(target, Absent):
                    return Given(False, found.at())
                return Given(True, found.at())
            case _:
                return Given("deadLetterTargetArn" in found, self.place("RedrivePolicy") or _nowhere(self))

    @fact
    def max_receive_count(self) -> Value[int | None]:
        """How often an SQS queue shows a message before it moves to the dead-letter queue; None without one."""
        found = self.redrive()
        if isinstance(found, Unknown):
            return found
        if isinstance(found, Absent):
            return Default(None, self.origin)
        if isinstance(found, MappingNode):
            return self.integer("RedrivePolicy", "maxReceiveCount", default=None)
        count = found.get("maxReceiveCount")
        place = self.place("RedrivePolicy") or _nowhere(self)
        if not _COUNT.fullmatch(str(count)):
            return Unknown("maxReceiveCount is not a number", place)
        # It stands somewhere inside a text, so there is no place of its own to set it.
        return Given(int(str(count)), place, literal=place)

    @fact
    def is_dead_letter_queue(self) -> bool | Unknown:
        """Whether another queue, a function or a mapping of this template sends its failures here."""
        if self.resource is None:
            return False
        if self.resource.logical_id in self.model.kept("failure targets", failure_targets):
            return True
        return self.model.unseen("AWS::SQS::Queue", self.resource) or False

    @fact
    def mappings(self) -> Many[Mapping]:
        """The event source mappings of this template that poll it."""
        from lambdalint.model.mapping import TYPE, Mapping

        if self.resource is None:
            return Many()
        return Many(self.model.owned(Mapping, TYPE, self, "source"), self.model.unseen(TYPE))


def _is(element: Element, *types: str) -> bool:
    return element.resource is not None and element.resource.type in types


def _nowhere(element: Element) -> Origin:
    assert element.origin is not None
    return element.origin


def failure_targets(model: Model) -> frozenset[str]:
    """Logical ids of the resources that take failures of others."""
    found: set[str] = set()
    pending: list[Node] = [resource.properties for resource in model.stack.resources.values()]
    while pending:
        node = pending.pop()
        if isinstance(node, MappingNode):
            for key, child in node.items.items():
                if key == "RedrivePolicy":
                    text = model.resolver.text(child)
                    named = _DEAD_LETTERS.search(text.value) if isinstance(text, Given) else None
                    resource = model.named(named[1], "account") if named is not None else None
                    if resource is not None:
                        found.add(resource.logical_id)
                if key in _FAILURE_KEYS:
                    target = model.target(child if not isinstance(child, MappingNode) else _arn_in(child), "account")
                    if isinstance(target, Resource):
                        found.add(target.logical_id)
                pending.append(child)
        elif not isinstance(node, Scalar):
            pending.extend(node.items)
    return frozenset(found)


_FAILURE_KEYS = frozenset({"deadLetterTargetArn", "DeadLetterConfig", "OnFailure", "DeadLetterQueue", "DeadLetterArn"})


def _arn_in(node: MappingNode) -> Node:
    for key in ("TargetArn", "Arn", "Destination"):
        found = node.get(key)
        if found is not None:
            return found
    return node


def source_of(
    model: Model, node: Node | None, known_type: str | None = None, beside: Beside = None
) -> Source | Unknown | None:
    """The source or target that a value names; ``beside`` as for ``Model.named``."""
    target = model.target(node, beside)
    match target:
        case Resource():
            resource = target
            if resource.type == "AWS::Kinesis::StreamConsumer":
                inner = model.target(resource.properties.get("StreamARN"), "region")
                resource = inner if isinstance(inner, Resource) else resource
            return model.thing(Source, resource)
        case str():
            assert node is not None
            # A consumer of a stream is another way to read the stream.
            word = word_of(target)
            stream = target.partition("/consumer/")[0] if word == "kinesis" else target
            own = model.named(stream, beside) if stream != target else None
            if own is not None:
                return model.thing(Source, own)
            return Source(model, None, node.at(), stream, word or known_type)
        case Unknown() if known_type is not None and node is not None:
            shown = target.outside.name if target.outside is not None else "a resource declared elsewhere"
            return Source(model, None, node.at(), shown, known_type)
        case _:
            return target


__all__ = ["Many", "Source", "failure_targets", "source_of", "type_from_via"]
