"""Payloads that the project itself shows: sample events, literal inputs, and records that a stream allows.

Limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import limits
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element, derive
from lambdalint.model.thing import fact
from lambdalint.source.node import Mapping, Origin, Scalar, Sequence
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function
    from lambdalint.model.model import Model

#: Lambda hands Kinesis records to functions in base64, which makes 4 bytes of 3.
_BASE64 = 4 / 3


class Payload(Element):
    """One payload that a function gets, with the size that the project shows."""

    kind = "payload"
    __slots__ = ("mode", "of", "shown", "size_known")

    def __init__(self, of: Function, shown: str, origin: Origin | None, size: Value[float], mode: str | None) -> None:
        super().__init__(of.model, of.resource, origin or of.origin, shown)
        self.of = of
        self.shown = shown
        self.size_known = size
        self.mode = mode

    @fact
    def function(self) -> Function:
        """The function that gets it."""
        return self.of

    @fact
    def description(self) -> str:
        """What it is: "sample event events/order.json"."""
        return self.shown

    @fact
    def size(self) -> Value[float]:
        """MB of the payload as Lambda counts it."""
        return self.size_known

    @fact
    def limit(self) -> Value[float]:
        """MB that one invocation takes at most: 6 for synchronous and polled invocations, 1 for asynchronous ones."""
        if self.mode == "async":
            return Default(limits.ASYNC_PAYLOAD_BYTES / limits.MIB, self.origin)
        if self.mode in {"sync", "polled"}:
            return Default(limits.SYNC_PAYLOAD_BYTES / limits.MIB, self.origin)
        modes = [trigger.invocation for trigger in self.of.triggers]
        if modes and all(not isinstance(mode, Unknown) and mode.value == "async" for mode in modes):
            return Default(limits.ASYNC_PAYLOAD_BYTES / limits.MIB, self.origin)
        # How this one arrives is open: the larger limit holds in any case.
        return Default(limits.SYNC_PAYLOAD_BYTES / limits.MIB, self.origin)


def payloads_of(function: Function) -> tuple[Payload, ...]:
    """Every payload of a function that the project shows."""
    return (*_samples(function), *_literal_inputs(function), *_records(function))


def _samples(function: Function) -> list[Payload]:
    reader = function.model.catalog.reader
    if reader is None:
        return []
    found: list[Payload] = []
    for sample in reader.samples(function):
        size = Default(round(sample.size / limits.MIB, 2), function.origin)
        found.append(Payload(function, f"sample event {sample.path}", function.origin, size, None))
    return found


def _literal_inputs(function: Function) -> list[Payload]:
    found: list[Payload] = []
    for resource, written in function.model.kept("literal inputs", _inputs_by_function).get(id(function), ()):
        size = Given(round(len(written.text.encode()) / limits.MIB, 2), written.at())
        found.append(Payload(function, f"the input of {resource.logical_id}", written.at(), size, "async"))
    return found


def _inputs_by_function(model: Model) -> dict[int, list[tuple[Resource, Scalar]]]:
    """The larger literal inputs that schedules and rules send, by the identity of the function."""
    from lambdalint.model.function import Function, function_of

    found: dict[int, list[tuple[Resource, Scalar]]] = {}
    for resource in model.resources("AWS::Events::Rule", "AWS::Scheduler::Schedule"):
        for target in _targets(resource):
            written = target.get("Input")
            if isinstance(written, Scalar) and len(written.text) >= 1024:
                function = function_of(model, target.get("Arn"), "account")
                if isinstance(function, Function):
                    found.setdefault(id(function), []).append((resource, written))
    return found


def _targets(resource: Resource) -> list[Mapping]:
    written = resource.properties.get("Targets") or resource.properties.get("Target")
    items = written.items if isinstance(written, Sequence) else [written]
    return [item for item in items if isinstance(item, Mapping)]


def _records(function: Function) -> list[Payload]:
    found: list[Payload] = []
    for mapping in function.mappings:
        source = mapping.source
        if isinstance(source, Unknown) or source is None or source.resource is None:
            continue
        size = source.integer("MaxRecordSizeInKiB", default=None)
        if isinstance(size, Default):
            continue
        shown = f"a record of {source.label} (sent in base64)"
        if isinstance(size, Given):
            shown = f"a record of {source.label} (up to {size.value} KiB, sent in base64)"
        place = source.place("MaxRecordSizeInKiB")
        megabytes: Value[float] = derive(size, lambda kib: round((kib or 0) / 1024 * _BASE64, 2))
        found.append(Payload(function, shown, place, megabytes, "polled"))
    return found
