"""CloudWatch's metrics: which are asked for, in calls of 500, over which days, and what the answers say.

A query is known again by its label: the function, alias or nothing (the account), a blank, and the metric. CloudWatch
answers every query that it could read, with no data points where nothing happened. So a query without an answer is not
known, and one with an empty answer is zero.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lambdalint.data.metrics import DAY_SECONDS, METRICS, NAMESPACE, QUERIES_PER_CALL, Metric
from lambdalint.load.aws.answer import Answer, Ok, Refused
from lambdalint.load.aws.evidence import Evidence, Window
from lambdalint.load.aws.reference import destinations
from lambdalint.record import record

OPERATION = "cloudwatch.GetMetricData"
#: The status of a metric that was read to its end.
COMPLETE = "Complete"
#: What stands for a status where a query has no result at all.
_SILENCE = "no result"
_INVOKE_CONFIGS = "lambda.ListFunctionEventInvokeConfigs"
_INVOKE_LIST = "FunctionEventInvokeConfigs"
DAYS = 14
MOST_DAYS = 90
#: Fact -> the metrics that it needs.
FACTS: dict[str, tuple[str, ...]] = {
    "metrics.invocations": ("Invocations",),
    "metrics.errors": ("Errors",),
    "metrics.throttles": ("Throttles",),
    "metrics.longest_duration": ("Duration",),
    "metrics.dropped_events": ("AsyncEventsDropped",),
    "metrics.stopped_recursions": ("RecursiveInvocationsDropped",),
    "metrics.iterator_age": ("IteratorAge",),
    "metrics.dead_letter_errors": ("DeadLetterErrors",),
    "metrics.destination_failures": ("DestinationDeliveryFailures",),
    "alias.peak_utilization": ("ProvisionedConcurrencyUtilization",),
    "account.claimed_concurrency": ("ClaimedAccountConcurrency",),
}
#: Full days that the age of records is read from.
_RECENT_DAYS = 3
#: Days on which invocations must have been slow for that to be no accident of one day.
SLOW_DAYS = 3


def metrics_of(facts: Iterable[str]) -> frozenset[str]:
    """The metrics that some facts need."""
    return frozenset(name for fact in facts for name in FACTS.get(fact, ()))


def window_of(until: date, days: int) -> Window:
    """The window that ends with a day."""
    return Window(until - timedelta(days), until)


def recent(window: Window) -> tuple[str, ...]:
    """The last full days of a window."""
    return tuple((window.until - timedelta(days)).isoformat() for days in range(1, _RECENT_DAYS + 1))


def _span(window: Window) -> dict[str, Any]:
    """A window as parameters of a call. Days begin at midnight, so that data points do, too."""
    start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (window.since, window.until))
    return {"StartTime": start, "EndTime": end + timedelta(1)}


@record
class Query:
    """A metric of somebody: a function, an alias (``ship:live``), or the account (no name)."""

    name: str
    metric: Metric

    @property
    def label(self) -> str:
        """What its answer is known by."""
        return f"{self.name} {self.metric.name}".strip()

    def parameters(self, number: int) -> dict[str, Any]:
        """The query as one of many in a call."""
        function, _, alias = self.name.partition(":")
        dimensions = [{"Name": "FunctionName", "Value": function}] if function else []
        if alias:
            dimensions.append({"Name": "Resource", "Value": self.name})
        stat = {
            "Metric": {"Namespace": NAMESPACE, "MetricName": self.metric.name, "Dimensions": dimensions},
            "Period": DAY_SECONDS,
            "Stat": self.metric.statistic,
        }
        return {"Id": f"q{number}", "Label": self.label, "MetricStat": stat}


def queries(evidence: Evidence, functions: Iterable[str], wanted: frozenset[str]) -> Iterator[Query]:
    """What is to be asked about a pair: the wanted metrics of those functions that can have them."""
    chosen = [metric for name, metric in METRICS.items() if name in wanted]
    has = subjects(evidence)
    yield from (Query("", metric) for metric in chosen if metric.subject == "account")
    names = list(functions)
    for name in names:
        for metric in chosen:
            if metric.subject == "function" or name in has.get(metric.subject, ()):
                yield Query(name, metric)
    own = frozenset(names)
    for alias in sorted(has["provisioned"]):
        if alias.partition(":")[0] in own:
            yield from (Query(alias, metric) for metric in chosen if metric.subject == "provisioned")


def subjects(evidence: Evidence) -> dict[str, set[str]]:
    """Who can have the metrics that not every function has: functions, and aliases as ``ship:live``."""
    found: dict[str, set[str]] = {kind: set() for kind in ("stream", "dead-letter", "destination", "provisioned")}
    for item in evidence.items("lambda.ListFunctions", "Functions"):
        name = item["FunctionName"]
        if (item.get("DeadLetterConfig") or {}).get("TargetArn"):
            found["dead-letter"].add(name)
        # Whoever was not asked may have a destination, and so may whoever could not be.
        unknown = evidence.why_not(_INVOKE_CONFIGS, name) is not None
        if unknown or any(destinations(each) for each in evidence.items(_INVOKE_CONFIGS, _INVOKE_LIST, name)):
            found["destination"].add(name)
    for item in evidence.items("lambda.ListEventSourceMappings", "EventSourceMappings"):
        name = str(item.get("FunctionArn", "")).partition(":function:")[2].partition(":")[0]
        if str(item.get("EventSourceArn", "")).split(":")[2:3] in (["kinesis"], ["dynamodb"]):
            found["stream"].add(name)
        if destinations(item):
            found["destination"].add(name)
    for _, answer in evidence.all("lambda.ListProvisionedConcurrencyConfigs"):
        for item in answer.data.get("ProvisionedConcurrencyConfigs") or () if isinstance(answer, Ok) else ():
            found["provisioned"].add(str(item.get("FunctionArn", "")).partition(":function:")[2])
    return found


def calls(asked: Iterable[Query], window: Window) -> Iterator[tuple[str, dict[str, Any], list[Query]]]:
    """The calls that ask some queries: a name for each that tells it from all others, its parameters, its queries."""
    every = list(asked)
    for start in range(0, len(every), QUERIES_PER_CALL):
        part = every[start : start + QUERIES_PER_CALL]
        text = "\n".join([window.since.isoformat(), window.until.isoformat(), *(query.label for query in part)])
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        asking = [query.parameters(number) for number, query in enumerate(part)]
        yield name, {**_span(window), "MetricDataQueries": asking}, part


async def measure(
    evidence: Evidence, functions: Iterable[str], wanted: frozenset[str], ask: Callable[..., Awaitable[Answer]]
) -> None:
    """Ask CloudWatch for metrics of functions over the window of the evidence, all calls at once."""
    assert evidence.window is not None

    async def one(target: str, given: dict[str, Any], part: list[Query]) -> None:
        answer = await ask(OPERATION, target, given)
        if isinstance(answer, Refused):
            return
        open_numbers = set(range(len(part)))
        results = answer.data.setdefault("MetricDataResults", [])
        # Results have the numbers of their queries, whatever the server makes of labels.
        for result in results:
            number = str(result.get("Id", ""))[1:]
            if number.isdecimal() and int(number) < len(part):
                result["Label"] = part[int(number)].label
                open_numbers.discard(int(number))
        results += ({"Label": part[number].label, "StatusCode": _SILENCE} for number in sorted(open_numbers))

    every = calls(queries(evidence, functions, wanted), evidence.window)
    await asyncio.gather(*(one(*call) for call in every))


def statuses(evidence: Evidence) -> dict[str, str]:
    """How reading each metric ended, by the label of its query: ``Complete``, or why it is not known.

    A metric may go on over pages: what counts is how its last part ended.
    """
    return {
        str(result.get("Label", "")): str(result.get("StatusCode") or COMPLETE)
        for _, answer in evidence.all(OPERATION)
        for result in ((answer.data.get("MetricDataResults") or ()) if isinstance(answer, Ok) else ())
    }


#: What a metric above zero makes worth asking: who drops events has asynchronous callers whatever the policy says, and
#: who is throttled may be switched off.
_FOLLOW_UP = {"AsyncEventsDropped": _INVOKE_CONFIGS, "Throttles": "lambda.GetFunction"}


def follow_up(evidence: Evidence) -> list[tuple[str, list[str]]]:
    """Calls that the metrics make worth making, and the functions to make them for, without those that were asked."""
    found: dict[str, list[str]] = {operation: [] for operation in _FOLLOW_UP.values()}
    for _, answer in list(evidence.all(OPERATION)):
        for result in (answer.data.get("MetricDataResults") or ()) if isinstance(answer, Ok) else ():
            name, _, metric = str(result.get("Label", "")).partition(" ")
            operation = _FOLLOW_UP.get(metric)
            if operation is not None and any(result.get("Values") or ()) and evidence.answer(operation, name) is None:
                found[operation].append(name)
    return [(operation, sorted(names)) for operation, names in found.items()]
