"""CloudWatch alarms and log groups of a template."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lambdalint.load.intrinsics import Absent
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element
from lambdalint.model.thing import fact
from lambdalint.record import field, record
from lambdalint.source.node import Mapping as MappingNode
from lambdalint.source.node import Node, Scalar, Sequence
from lambdalint.source.value import Default, Given, Many, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function
    from lambdalint.model.model import Model

ALARM = "AWS::CloudWatch::Alarm"
LOG_GROUP = "AWS::Logs::LogGroup"

_NAMESPACE = "AWS/Lambda"
#: Metrics of Lambda on which alarms are set, as queries name them.
#: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
_METRICS = frozenset({"ConcurrentExecutions", "Duration", "Errors", "Invocations", "IteratorAge", "Throttles"})


class Alarm(Element):
    """A CloudWatch metric alarm."""

    kind = "alarm"
    __slots__ = ()

    @fact
    def metric(self) -> Value[str]:
        """The metric that it watches, e.g. ``Throttles``; the metrics of a metric-math alarm, joined by commas."""
        found = self.find("MetricName")
        if not isinstance(found, Absent):
            return self.string("MetricName", default="")
        names = [*self._math("MetricName"), *self._queried()]
        unknown = next((name for name in names if isinstance(name, Unknown)), None)
        if unknown is not None or not names:
            return unknown or Unknown(f"what {self.label} watches is not known", self.origin)
        return Default(",".join(name for name in names if isinstance(name, str)), self.origin)

    def _queried(self) -> list[str]:
        """The metrics of Lambda that its search expressions and queries name."""
        texts = [text for text in self._math("Expression") if isinstance(text, str) and _NAMESPACE in text]
        return [word for text in texts for word in re.findall(r"[A-Z]\w+", text) if word in _METRICS]

    def _math(self, key: str) -> list[str | Unknown]:
        """What stands under a key anywhere in its metric math."""
        found: list[str | Unknown] = []
        pending: list[Node] = [node] if (node := self.raw("Metrics")) is not None else []
        while pending:
            node = pending.pop()
            if isinstance(node, MappingNode):
                value = self.model.resolver.resolve(node.get(key))
                if isinstance(value, Scalar):
                    found.append(value.text)
                elif not isinstance(value, Absent):
                    found.append(Unknown(f"what {self.label} watches is not known", self.origin))
                pending.extend(node.items.values())
            elif isinstance(node, Sequence):
                pending.extend(node.items)
        return found

    @fact
    def namespace(self) -> Value[str]:
        """The namespace of its metric, e.g. ``AWS/Lambda``."""
        if isinstance(self.find("MetricName"), Absent):
            names = self._math("Namespace")
            if _NAMESPACE in names or self._queried():
                return Default(_NAMESPACE, self.origin)
            parts = [*names, *self._math("Expression")]
            unknown = next((part for part in parts if isinstance(part, Unknown)), None)
            return unknown or Default(",".join(sorted(name for name in names if isinstance(name, str))), self.origin)
        return self.string("Namespace", default="")

    def functions(self) -> list[Function | Unknown] | None:
        """The functions of its ``FunctionName`` dimensions; None when it has no such dimension."""
        from lambdalint.model.function import function_of

        dimensions = self.raw("Dimensions")
        found: list[Function | Unknown] = []
        pending: list[Node] = [node for node in (dimensions, self.raw("Metrics")) if node is not None]
        seen = False
        while pending:
            node = pending.pop()
            if isinstance(node, MappingNode):
                name = node.get("Name")
                if isinstance(name, Scalar) and name.text in {"FunctionName", "Resource"} and "Value" in node:
                    seen = True
                    target = function_of(self.model, node.get("Value"), "account")
                    if target is not None:
                        found.append(target)
                pending.extend(node.items.values())
            elif isinstance(node, Sequence):
                pending.extend(node.items)
        return found if seen else None


def alarms_of(function: Function) -> Many[Alarm]:
    """The alarms that watch a function: its own, and those over all functions of the account."""
    watch = function.model.kept("alarms by function", _watch)
    return Many((*watch.own.get(id(function), ()), *watch.everywhere), _unseen_alarms(function, watch))


def _unseen_alarms(function: Function, watch: _Watch) -> Unknown | None:
    own = watch.own.get(id(function), ())
    # An alarm of open target that does name this function leaves nothing open for it.
    missing = watch.missing or next((why for alarm, why in watch.open if alarm not in own), None)
    return missing or function.model.unseen(ALARM)


@record(frozen=False)
class _Watch:
    """Which alarms on Lambda's metrics watch which function: its own by its identity, and those over all."""

    own: dict[int, list[Alarm]] = field(default_factory=dict)
    everywhere: list[Alarm] = field(default_factory=list)
    open: list[tuple[Alarm, Unknown]] = field(default_factory=list)
    missing: Unknown | None = None


def _watch(model: Model) -> _Watch:
    watch = _Watch()
    for alarm in model.all(Alarm, ALARM):
        namespace = alarm.namespace
        if isinstance(namespace, Unknown):
            watch.missing = watch.missing or namespace
            continue
        if namespace.value != _NAMESPACE:
            continue
        targets = alarm.functions()
        if targets is None:
            watch.everywhere.append(alarm)
            continue
        for target in targets:
            if not isinstance(target, Unknown):
                of_target = watch.own.setdefault(id(target), [])
                if alarm not in of_target:
                    of_target.append(alarm)
            elif target.outside is None or target.outside.kind != "thing":
                # What is declared elsewhere is another function; anything else might be any.
                watch.open.append((alarm, target))
    return watch


def watched(function: Function, metric: str) -> Value[bool]:
    """Whether an alarm on a metric watches a function; Unknown where an alarm of open content might."""
    watch = function.model.kept("alarms by function", _watch)
    own, doubt = _metrics(watch.own.get(id(function), ()))
    over_all, doubt_over_all = function.model.kept("metrics of all functions", lambda _: _metrics(watch.everywhere))
    alarm = own.get(metric) or over_all.get(metric)
    if alarm is not None:
        return Default(True, alarm.origin)
    return _unseen_alarms(function, watch) or doubt or doubt_over_all or Default(False, function.origin)


def _metrics(alarms: Iterable[Alarm]) -> tuple[dict[str, Alarm], Unknown | None]:
    """The first alarm on each metric, and why one may be on any."""
    found: dict[str, Alarm] = {}
    unknown: Unknown | None = None
    for alarm in alarms:
        metric = alarm.metric
        if isinstance(metric, Unknown):
            unknown = unknown or metric
        else:
            for name in metric.value.split(","):
                found.setdefault(name, alarm)
    return found, unknown


class LogGroup(Element):
    """A CloudWatch log group."""

    kind = "log_group"
    __slots__ = ()

    @fact
    def retention(self) -> Value[int | None]:
        """Days that log events are kept; None means for ever (the default)."""
        return self.integer("RetentionInDays", default=None)

    @fact
    def generated(self) -> bool:
        """Whether a framework declares it for each function, so that nobody wrote it."""
        return self.resource is not None and self.resource.via is not None

    @fact
    def group_name(self) -> Value[str]:
        """Its canonical name."""
        found = self.text("LogGroupName")
        return Unknown("CloudFormation makes up its name", self.origin) if isinstance(found, Absent) else found

    @fact
    def function(self) -> Function | Unknown | None:
        """The function of this template that writes to it."""
        from lambdalint.model.function import TYPE, Function

        writers = self.model.owned(Function, TYPE, self, "log_group")
        return writers[0] if writers else None


def log_group_of(function: Function) -> LogGroup | Unknown | None:
    """The log group that a function writes to, if the template declares it."""
    model = function.model
    written = function.raw("LoggingConfig", "LogGroup")
    if written is not None:
        target = model.target(written)
        if isinstance(target, Resource):
            return model.thing(LogGroup, target) if target.type == LOG_GROUP else None
        if isinstance(target, str):
            own = model.kept("log groups by name", _by_name).get(target)
            return own[1] if own is not None else Unknown(f"log group {target} is declared elsewhere", written)
        return target
    assert function.resource is not None
    names = {f"/aws/lambda/${{{function.resource.logical_id}}}"}
    given = function.text("FunctionName")
    if isinstance(given, Given):
        names.add(f"/aws/lambda/{given.value}")
    groups = model.kept("log groups by name", _by_name)
    named = [groups[name] for name in names if name in groups]
    return min(named, key=lambda entry: entry[0])[1] if named else model.unseen(LOG_GROUP, function.resource)


def _by_name(model: Model) -> dict[str, tuple[int, LogGroup]]:
    """The log groups by canonical name, with their order."""
    found: dict[str, tuple[int, LogGroup]] = {}
    for number, resource in enumerate(model.resources(LOG_GROUP)):
        name = model.resolver.text(resource.properties.get("LogGroupName"))
        if isinstance(name, Given):
            found.setdefault(name.value, (number, model.thing(LogGroup, resource)))
    return found
