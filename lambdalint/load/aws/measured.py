"""What CloudWatch and Compute Optimizer answered, as resources beside the functions, aliases and account they measure.

Such a resource exists only where somebody asked (``audit --metrics``). A metric that is not in it was not asked for;
one that could not be read is in it as not looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from lambdalint.data.metrics import METRICS
from lambdalint.load.aws.answer import Refused
from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.metrics import COMPLETE, DAYS, MOST_DAYS, OPERATION, SLOW_DAYS, recent, statuses, subjects
from lambdalint.load.aws.tree import Tree, unseen
from lambdalint.load.stack import ACCOUNT, METRIC_DATA, RECOMMENDATION, Resource

_RECOMMENDING = "compute-optimizer.GetLambdaFunctionRecommendations"
_LATEST = "$LATEST"


class Measured:
    """The data points of one pair."""

    def __init__(self, evidence: Evidence) -> None:
        #: Label -> day -> value; days are ISO dates.
        self._series: dict[str, dict[str, float]] = {}
        self.why = "CloudWatch gave no answer (cloudwatch:GetMetricData)"
        for target, answer in evidence.all(OPERATION):
            if isinstance(answer, Refused):
                self.why = evidence.why_not(OPERATION, target) or self.why
                continue
            for result in answer.data.get("MetricDataResults") or ():
                days = self._series.setdefault(str(result.get("Label", "")), {})
                for stamp, value in zip(result.get("Timestamps") or (), result.get("Values") or (), strict=False):
                    days[_day(stamp)] = float(value)
        for label, ended in statuses(evidence).items():
            if ended != COMPLETE:
                del self._series[label]

    def series(self, name: str, metric: str) -> dict[str, float] | None:
        """The values of a metric by day; None where they are not known."""
        return self._series.get(f"{name} {metric}".strip())


def add_measured(evidence: Evidence, tree: Tree, functions: dict[str, Resource]) -> None:
    """Add what was measured, if anybody asked."""
    _recommendations(evidence, tree, functions)
    if not any(True for _ in evidence.all(OPERATION)):
        return
    measured = Measured(evidence)
    has = subjects(evidence)
    changed = {
        item["FunctionName"]: str(item.get("LastModified") or "")[:10]
        for item in evidence.items("lambda.ListFunctions", "Functions")
    }
    for name, function in functions.items():
        if not function.judged:
            continue
        found: dict[str, Any] = {}
        for metric in METRICS.values():
            if metric.subject != "function" and name not in has.get(metric.subject, ()):
                continue
            series = measured.series(name, metric.name)
            value = unseen(measured.why) if series is None else _value(metric.name, series, evidence, changed[name])
            if value is not None:
                found[metric.name] = value
        found |= _slow(measured, name, changed[name])
        _add(tree, function, {**_window(evidence, changed[name]), **found})
    _aliases(evidence, tree, measured)
    _account(evidence, tree, measured)


def _value(metric: str, series: dict[str, float], evidence: Evidence, changed: str) -> Any:
    """What is kept of the data points of a metric of a function; None for nothing."""
    if METRICS[metric].statistic == "Sum":
        return round(sum(series.values()))
    if metric == "IteratorAge":
        # Who catches up with an old stream starts with old records: late is who is late every day.
        days = recent(evidence.window) if evidence.window is not None else ()
        return min(series[day] for day in days) if days and all(day in series for day in days) else None
    return max(_since(series, changed), default=None)


def _since(series: dict[str, float], changed: str) -> list[float]:
    """The values of the days after a change: what came before was measured on another function."""
    return [value for day, value in series.items() if day > changed]


def _slow(measured: Measured, name: str, changed: str) -> dict[str, Any]:
    """The longest duration that was reached on several days, where it ran on as many: a single slow invocation among
    millions is an accident."""
    series = measured.series(name, "Duration")
    days = sorted(_since(series or {}, changed), reverse=True)
    return {"LastingDuration": days[SLOW_DAYS - 1]} if len(days) >= SLOW_DAYS else {}


def _window(evidence: Evidence, changed: str) -> dict[str, Any]:
    window = evidence.window
    if window is None:
        return {"Days": DAYS, "Unchanged": unseen("it is not known which days were asked about")}
    unchanged: Any = changed < window.since.isoformat() if changed else unseen("it is not known when it was changed")
    return {"Days": window.days, "Unchanged": unchanged}


def _add(tree: Tree, owner: Resource, properties: dict[str, Any]) -> None:
    resource = tree.add(f"metrics of {owner.title or owner.logical_id}", METRIC_DATA, properties, None, None)
    resource.owner = owner.logical_id
    resource.judged = False


def _aliases(evidence: Evidence, tree: Tree, measured: Measured) -> None:
    """How much of its provisioned concurrency an alias used, if that was the same all the time."""
    metric = "ProvisionedConcurrencyUtilization"
    since = evidence.window.since.isoformat() if evidence.window is not None else ""
    by_arn = {item.arn: item for item in tree.stack.resources.values() if item.type == "AWS::Lambda::Alias"}
    for _, answer in evidence.all("lambda.ListProvisionedConcurrencyConfigs"):
        for item in answer.data.get("ProvisionedConcurrencyConfigs") or () if not isinstance(answer, Refused) else ():
            arn = str(item.get("FunctionArn", ""))
            alias = by_arn.get(arn)
            if alias is None or not str(item.get("LastModified") or "~")[:10] < since:
                continue
            series = measured.series(arn.partition(":function:")[2], metric)
            # No data points: nobody called the alias.
            value = unseen(measured.why) if series is None else max(series.values(), default=0.0)
            _add(tree, alias, {**_window(evidence, ""), metric: value})


def _account(evidence: Evidence, tree: Tree, measured: Measured) -> None:
    metric = "ClaimedAccountConcurrency"
    for settings in [item for item in tree.stack.resources.values() if item.type == ACCOUNT]:
        series = measured.series("", metric)
        value = unseen(measured.why) if series is None else round(max(series.values(), default=0))
        _add(tree, settings, {**_window(evidence, ""), metric: value})


def _recommendations(evidence: Evidence, tree: Tree, functions: dict[str, Resource]) -> None:
    """The memory that Compute Optimizer recommends: one recommendation for a function, about its newest version."""
    why = evidence.why_not(_RECOMMENDING) if evidence.answer(_RECOMMENDING) is not None else None
    if why is not None:
        tree.stack.unseen[RECOMMENDATION, None] = why
    best: dict[str, tuple[int, dict[str, Any]]] = {}
    for item in evidence.items(_RECOMMENDING, "lambdaFunctionRecommendations"):
        name = str(item.get("functionArn", "")).partition(":function:")[2].partition(":")[0]
        version = str(item.get("functionVersion") or _LATEST)
        rank = int(version) if version.isdecimal() else 1 << 30
        if name in functions and rank > best.get(name, (-1, item))[0]:
            best[name] = (rank, item)
    for name, (_, item) in best.items():
        options = sorted(item.get("memorySizeRecommendationOptions") or (), key=lambda option: option.get("rank", 1))
        if options and functions[name].judged:
            resource = tree.add(
                f"recommendation for {name}", RECOMMENDATION, _recommended(item, options[0]), None, None
            )
            resource.owner = functions[name].logical_id
            resource.judged = False


def _recommended(item: dict[str, Any], option: dict[str, Any]) -> dict[str, Any]:
    saving = option.get("savingsOpportunity") or {}
    money = saving.get("estimatedMonthlySavings") or {}
    found = {
        "Reason": next(iter(item.get("findingReasonCodes") or ()), None),
        "CurrentMemory": item.get("currentMemorySize"),
        "Memory": option.get("memorySize"),
        "Invocations": item.get("numberOfInvocations"),
        "Days": item.get("lookbackPeriodInDays"),
        "SavingPercent": saving.get("savingsOpportunityPercentage"),
        "Saving": money.get("value"),
        "Currency": money.get("currency"),
    }
    return {key: value for key, value in found.items() if value is not None}


@lru_cache(4 * MOST_DAYS)
def _day(stamp: Any) -> str:
    """The day of a data point, in UTC."""
    if isinstance(stamp, int | float):
        stamp = datetime.fromtimestamp(stamp, UTC)
    elif not isinstance(stamp, datetime):
        stamp = datetime.fromisoformat(str(stamp))
    moment: datetime = stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=UTC)
    return moment.astimezone(UTC).date().isoformat()
