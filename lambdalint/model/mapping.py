"""Event source mappings: how Lambda polls queues and streams.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import limits, permissions
from lambdalint.load.intrinsics import Absent
from lambdalint.model.element import Element
from lambdalint.model.source import Source, source_of, type_from_via
from lambdalint.model.thing import fact
from lambdalint.source.node import Mapping as MappingNode
from lambdalint.source.node import Scalar
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.destination import Destination
    from lambdalint.model.function import Function

STREAMS = frozenset({"kinesis", "dynamodb"})
TYPE = "AWS::Lambda::EventSourceMapping"


class Mapping(Element):
    """An event source mapping."""

    kind = "mapping"
    __slots__ = ()

    @fact
    def function(self) -> Function | Unknown | None:
        """The function that it invokes."""
        from lambdalint.model.function import function_of

        return function_of(self.model, self.raw("FunctionName"), "account")

    @fact
    def source(self) -> Source | Unknown | None:
        """What it polls."""
        via = self.resource.via if self.resource is not None else None
        node = self.raw("EventSourceArn")
        if node is None and self.raw("SelfManagedEventSource") is not None:
            return Source(self.model, None, self.origin, "a self-managed Kafka cluster", "kafka")
        return source_of(self.model, node, type_from_via(via), "region")

    @fact
    def source_type(self) -> Value[str]:
        """The type of its source: ``sqs``, ``kinesis``, ``dynamodb``, ``msk``, ``kafka``, ``mq``, ``documentdb``."""
        source = self.source
        if isinstance(source, Source):
            return source.type
        return source if source is not None else Unknown("it names no event source", self.origin)

    def _type(self) -> str | None:
        found = self.source_type
        return None if isinstance(found, Unknown) else found.value

    @fact
    def is_stream(self) -> Value[bool]:
        """Whether it reads a Kinesis or DynamoDB stream."""
        found = self.source_type
        return found if isinstance(found, Unknown) else Default(found.value in STREAMS, self.origin)

    @fact
    def enabled(self) -> Value[bool]:
        """Whether it polls at all (default true)."""
        return self.boolean("Enabled", default=True)

    @fact
    def batch_size(self) -> Value[int]:
        """Records in one batch at most (default 10 for SQS, 100 for streams, Kafka, MQ and DocumentDB)."""
        kind = self._type()
        if kind is None and self.raw("BatchSize") is None:
            return Unknown("the default batch size depends on the source, which is not known", self.origin)
        default = limits.BATCH_SIZE_DEFAULT_SQS if kind == "sqs" else limits.BATCH_SIZE_DEFAULT
        return self.integer("BatchSize", default=default)

    @fact
    def batching_window(self) -> Value[int]:
        """Seconds that Lambda waits to fill a batch (default 0)."""
        return self.integer("MaximumBatchingWindowInSeconds", default=0)

    @fact
    def max_concurrency(self) -> Value[int | None]:
        """Concurrent invocations of an SQS mapping at most; None without a limit."""
        return self.integer("ScalingConfig", "MaximumConcurrency", default=None)

    @fact
    def reports_item_failures(self) -> Value[bool]:
        """Whether ``ReportBatchItemFailures`` is on, so that only failed records are retried."""
        items = self.listed("FunctionResponseTypes")
        if isinstance(items, Unknown):
            return items
        for item in items:
            if isinstance(item, Scalar) and item.text == "ReportBatchItemFailures":
                return Given(True, item.at())
            if isinstance(item, Unknown):
                return item
        return Default(False, self.origin)

    @fact
    def max_retries(self) -> Value[int]:
        """Retries of a failing batch of a stream; -1 means until the records expire (the default)."""
        return self.integer("MaximumRetryAttempts", default=limits.NO_LIMIT)

    @fact
    def max_record_age(self) -> Value[int]:
        """Seconds after which records of a stream are given up; -1 means never (the default)."""
        return self.integer("MaximumRecordAgeInSeconds", default=limits.NO_LIMIT)

    @fact
    def bisects(self) -> Value[bool]:
        """Whether a failing batch of a stream is split in two (default false)."""
        return self.boolean("BisectBatchOnFunctionError", default=False)

    @fact
    def on_failure(self) -> Destination | Unknown | None:
        """Where a stream mapping sends what it gives up."""
        from lambdalint.model.destination import Destination

        found = self.find("DestinationConfig", "OnFailure", "Destination")
        if isinstance(found, Absent):
            return None
        if isinstance(found, Unknown):
            return found
        return Destination(
            self.model, self, self.raw("DestinationConfig", "OnFailure", "Destination"), "on-failure destination"
        )

    @fact
    def filters(self) -> Value[int]:
        """How many filter patterns it has."""
        items = self.listed("FilterCriteria", "Filters")
        if isinstance(items, Unknown):
            return items
        return Default(len([item for item in items if isinstance(item, MappingNode)]), self.origin)

    @fact
    def pollable(self) -> Value[bool]:
        """Whether the execution role may read from the source: every action that polling needs is granted."""
        from lambdalint.model.role import Role, granted

        function, source, kind = self.function, self.source, self._type()
        if function is None or isinstance(function, Unknown):
            return function or Unknown("it names no function", self.origin)
        if not isinstance(source, Source) or kind is None:
            return source if isinstance(source, Unknown) else Unknown("its source is not known", self.origin)
        role = function.role
        if not isinstance(role, Role):
            return role or Unknown("the function has no role", self.origin)
        needed = permissions.POLLING_ACTIONS.get(kind)
        if needed is None:
            return Unknown(f"what polling {kind} needs depends on its authentication", self.origin)
        return granted(role, needed, source)

    @fact
    def missing_actions(self) -> Value[str]:
        """The actions that polling needs and the role does not grant, for messages."""
        from lambdalint.model.role import Role, ungranted

        function, source, kind = self.function, self.source, self._type()
        role = getattr(function, "role", None)
        if isinstance(role, Role) and isinstance(source, Source) and kind in permissions.POLLING_ACTIONS:
            return Default(", ".join(ungranted(role, permissions.POLLING_ACTIONS[kind], source)), self.origin)
        return Unknown("its role or source is not known", self.origin)
