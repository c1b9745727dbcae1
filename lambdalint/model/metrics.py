"""What happened to functions: CloudWatch's metrics of some days, in a live account that was asked for them.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import limits
from lambdalint.load.stack import METRIC_DATA, Resource
from lambdalint.model.element import Element, known
from lambdalint.model.invoke_config import INVOKE_CONFIG, configs_of, keeps_failures
from lambdalint.model.source import Source
from lambdalint.model.thing import fact
from lambdalint.source.value import Default, Given, Many, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function
    from lambdalint.model.model import Model

#: How long an invocation goes on at most after its time is over.
_KILL_MILLISECONDS = 500


class Metrics(Element):
    """The metrics of a function. There are none in templates, and in accounts only with ``audit --metrics``."""

    kind = "metrics"
    __slots__ = ("_data", "_function")

    def __init__(self, function: Function, data: Element) -> None:
        super().__init__(function.model, function.resource, function.origin, function.label)
        self._function = function
        self._data = data

    @fact
    def function(self) -> Function:
        """The function that was measured."""
        return self._function

    @fact
    def days(self) -> Value[int]:
        """How many full days were asked about (``--metrics-days``)."""
        return self._count("Days")

    @fact
    def unchanged(self) -> Value[bool]:
        """Whether the function was last changed before these days, so that it was there all the time."""
        found = self._data.boolean("Unchanged", default=False)
        return found if isinstance(found, Unknown) else Default(found.value, self.origin)

    @fact
    def invocations(self) -> Value[int]:
        """How often it ran (Invocations); what was throttled did not run."""
        return self._count("Invocations")

    @fact
    def errors(self) -> Value[int]:
        """How many of its invocations ended in an error of the function or a timeout (Errors)."""
        return self._count("Errors")

    @fact
    def throttles(self) -> Value[int]:
        """How many requests were refused for want of concurrency (Throttles)."""
        return self._count("Throttles")

    @fact
    def longest_duration(self) -> Value[int | None]:
        """Milliseconds that its longest invocation took or exceeded (Duration) on each of three days after its last
        change; None where it ran on fewer, or ever longer than its timeout allows: then published versions have another
        timeout."""
        found, timeout = self._longest("Duration"), self._function.timeout
        if isinstance(found, Unknown) or isinstance(timeout, Unknown) or found.value is None:
            return found
        other = found.value > timeout.value * 1_000 + _KILL_MILLISECONDS
        return Default(None, self.origin) if other else self._longest("LastingDuration")

    @fact
    def dropped_events(self) -> Value[int]:
        """How many asynchronous events were given up, after all retries or for their age (AsyncEventsDropped), by all
        of its versions and aliases together."""
        return self._count("AsyncEventsDropped")

    @fact
    def failures_kept(self) -> Value[bool]:
        """Whether something keeps events that were given up: a dead-letter queue, or an on-failure destination of any
        of its versions and aliases, because CloudWatch does not tell which of them gave up."""
        if self._function.dead_letter_queue is not None or any(map(keeps_failures, configs_of(self._function))):
            return Default(True, self.origin)
        unseen = self._function.model.unseen(INVOKE_CONFIG, self._function.resource)
        return unseen or Default(False, self.origin)

    @fact
    def stopped_recursions(self) -> Value[int]:
        """How many invocations Lambda refused because the function was in a loop (RecursiveInvocationsDropped)."""
        return self._count("RecursiveInvocationsDropped")

    @fact
    def dead_letter_errors(self) -> Value[int]:
        """How often an event could not be written to its dead-letter queue (DeadLetterErrors); 0 without one."""
        return self._count("DeadLetterErrors")

    @fact
    def destination_failures(self) -> Value[int]:
        """How often a record could not be sent to a destination (DestinationDeliveryFailures); 0 without one. Who may
        have one is asked."""
        return self._count("DestinationDeliveryFailures")

    @fact
    def iterator_age(self) -> Value[int | None]:
        """Milliseconds that records of a stream had waited (IteratorAge): the most of a day, on the best of the last
        three full days. None where it polls no stream, or did not on each of these days."""
        return self._longest("IteratorAge")

    @fact
    def stream_retention(self) -> Value[int | None]:
        """Seconds that the streams that it polls keep records, at most; None where it polls none."""
        longest: int | None = None
        for mapping in self._function.mappings:
            source = mapping.source
            kind = known(source.type) if isinstance(source, Source) else None
            if kind == "dynamodb":
                hours: Value[int] = Default(limits.DYNAMODB_STREAM_RETENTION_HOURS, self.origin)
            elif kind == "kinesis" and isinstance(source, Source):
                hours = source.integer("RetentionPeriodHours", default=limits.KINESIS_RETENTION_DEFAULT_HOURS)
            else:
                continue
            if isinstance(hours, Unknown):
                return hours
            longest = max(longest or 0, hours.value * 3_600)
        return self._function.mappings.missing or Default(longest, self.origin)

    def _count(self, name: str) -> Value[int]:
        found = self._data.integer(name, default=0)
        return found if isinstance(found, Unknown) else Default(found.value, self.origin)

    def _longest(self, name: str) -> Value[int | None]:
        found = self._data.number(name, default=None)
        if isinstance(found, Unknown):
            return found
        return Default(round(found.value) if found.value is not None else None, self.origin)


def metrics_of(function: Function) -> Many[Metrics]:
    """The metrics of a function, if there are any."""
    data = measured(function)
    return Many((Metrics(function, data),)) if data is not None else Many()


def measured(element: Element) -> Element | None:
    """What was measured of a function, an alias or an account; None where nobody asked."""
    assert element.resource is not None
    found = element.model.kept("metric data", _by_owner).get(element.resource.logical_id)
    return element.model.thing(Element, found) if found is not None else None


def _by_owner(model: Model) -> dict[str, Resource]:
    return {item.owner: item for item in model.declared(METRIC_DATA) if item.owner is not None}


def peak(element: Element, name: str) -> Value[float | None]:
    """A metric of an alias or an account; None where nobody asked for it."""
    data = measured(element)
    if data is None:
        return Default(None, element.origin)
    found = data.number(name, default=None)
    return Default(found.value, element.origin) if isinstance(found, Given) else found
